"""Pseudonyms of simulated viewers. Their key follows from the seed, so that a simulation can be repeated.

Whoever knows the seed can make the key: it protects nobody, and is therefore refused for ids of real viewers.
"""

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from streaming.errors import AudienceError
from streaming.schema.identity import Pseudonymiser

Pseudonym = Callable[[str], str]
_OWN = re.compile(r"viewer-\d{6,}@cineloop\.example")


def raw_id(index: int) -> str:
    """The viewer's raw id, which must not leave the simulation: events carry a pseudonym of it."""
    return f"viewer-{index:06d}@cineloop.example"


def pseudonym_of(seed: int) -> Pseudonym:
    """`raw_id` → the viewer's pseudonym in the world of this seed.

    What it returns raises AudienceError for the id of somebody real.
    """
    hashed = Pseudonymiser(hmac.digest(b"cineloop synthetic audience", str(seed).encode(), sha256))

    def own_pseudonym(own: str) -> str:
        """The pseudonym of a simulated viewer's raw id; raises AudienceError for any other id."""
        if not _OWN.fullmatch(own):
            raise AudienceError("the id is not of a simulated viewer, and the audience's key would not protect it")
        return hashed(own)

    return own_pseudonym
