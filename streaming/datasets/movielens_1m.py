"""MovieLens 1M: `movies.dat`, `users.dat` and `ratings.dat`, fields separated by `::`, in latin-1."""

from datetime import date
from typing import ClassVar

from streaming.datasets.movielens import Films, Ratings, field_count_complaint, genres_of, portrait
from streaming.datasets.movielens_viewers import Told, Viewers
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError

_FIELDS = ("film id", "title", "genres")
_VIEWER_FIELDS = ("viewer id", "gender", "age", "occupation", "postcode")
# By their codes in the set.
_OCCUPATIONS = (
    *("other", "academic", "artist", "clerical", "college student", "customer service", "health care", "executive"),
    *("farmer", "homemaker", "school student", "lawyer", "programmer", "retired", "sales", "scientist"),
    *("self-employed", "engineer", "tradesman", "unemployed", "writer"),
)


class _Movies(Films):
    def split(self, raw: bytes) -> tuple[str, str, tuple[str, ...], date | None]:
        """As in `Films`."""
        parts = raw.decode("latin-1").split("::")
        if len(parts) != len(_FIELDS):
            raise CodecError(field_count_complaint(_FIELDS, "::", len(parts)))
        return parts[0], parts[1], genres_of(parts[2]), None


class _Users(Viewers):
    def split(self, raw: bytes) -> Told:
        """As in `Viewers`."""
        parts = raw.decode("latin-1").split("::")
        if len(parts) != len(_VIEWER_FIELDS):
            raise CodecError(field_count_complaint(_VIEWER_FIELDS, "::", len(parts)))
        viewer, gender, age, code, _ = parts
        if not code.isdecimal() or int(code) >= len(_OCCUPATIONS):
            raise CodecError(f"occupation: wanted a number below {len(_OCCUPATIONS)}, saw {portrait(code.encode())}")
        return Told(viewer, age, gender, _OCCUPATIONS[int(code)])


class MovieLens1M(TextDataset):
    """A folder of MovieLens 1M."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        _Movies("ml-1m/movies.dat"),
        _Users("ml-1m/users.dat"),
        Ratings("ml-1m/ratings.dat", b"::"),
    )
