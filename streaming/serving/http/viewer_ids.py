"""Turns the viewer ids of requests into pseudonyms, by which alone the app knows viewers."""

import re

from streaming.schema.identity import Pseudonymise
from streaming.serving.http.problem_details import Problem

MOST = 256  # characters
_PREFIX = "pseudonym:"
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")


class ViewerIds:
    """Raw ids become pseudonyms; `pseudonym:` and 32 hexadecimal digits is one already, as `cineloop slate` has it."""

    def __init__(self, pseudonymise: Pseudonymise) -> None:
        self._pseudonymise = pseudonymise

    def pseudonym(self, given: str) -> str:
        """The viewer's pseudonym.

        Raises:
            Problem: the id is too long, or what follows `pseudonym:` is no pseudonym.
        """
        if len(given) > MOST:
            raise Problem("invalid", f"viewer_id has {len(given):,} characters: send at most {MOST}")
        if not given.startswith(_PREFIX):
            return self._pseudonymise(given)
        pseudonym = given.removeprefix(_PREFIX)
        if not _PSEUDONYM.fullmatch(pseudonym):
            raise Problem("invalid", f"After {_PREFIX!r} come 32 digits of 0-9 and a-f; send those, or a plain id")
        return pseudonym
