"""What the world's viewers are called outside it. The key follows from the seed, so that a life can be repeated.

Whoever knows the seed can make the key: it hides nobody, and is therefore for viewers of the world alone.
"""

import hmac
import re
from collections.abc import Callable
from hashlib import sha256

from streaming.audience.errors import AudienceError
from streaming.schema.identity import Pseudonymiser

Pseudonym = Callable[[str], str]
_OWN = re.compile(r"viewer-\d{6,}@cineloop\.example")


def raw_id(index: int) -> str:
    """The viewer's own name, which must not leave the world: events carry a pseudonym made of it."""
    return f"viewer-{index:06d}@cineloop.example"


def pseudonym_of(seed: int) -> Pseudonym:
    """`raw_id` → the viewer's pseudonym in the world of this seed.

    What it returns raises AudienceError for the id of somebody real.
    """
    hashed = Pseudonymiser(hmac.digest(b"cineloop synthetic audience", str(seed).encode(), sha256))

    def pseudonym(own: str) -> str:
        if not _OWN.fullmatch(own):
            raise AudienceError("an id that is no viewer's of the audience met its key, which hides nobody")
        return hashed(own)

    return pseudonym
