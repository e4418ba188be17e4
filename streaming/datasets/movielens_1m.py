"""MovieLens 1M: `movies.dat` and `ratings.dat`, fields separated by `::`, in latin-1.

`users.dat` describes viewers by age, occupation and postcode; nothing of it passes the border.
"""

from datetime import date
from typing import ClassVar

from streaming.datasets.movielens import Films, Ratings, field_count_complaint, genres_of
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError

_FIELDS = ("film id", "title", "genres")


class _Movies(Films):
    def split(self, raw: bytes) -> tuple[str, str, tuple[str, ...], date | None]:
        """As in `Films`."""
        parts = raw.decode("latin-1").split("::")
        if len(parts) != len(_FIELDS):
            raise CodecError(field_count_complaint(_FIELDS, "::", len(parts)))
        return parts[0], parts[1], genres_of(parts[2]), None


class MovieLens1M(TextDataset):
    """A folder of MovieLens 1M."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        _Movies("ml-1m/movies.dat"),
        Ratings("ml-1m/ratings.dat", b"::"),
    )
