"""MovieLens 100K: `u.item` (`|`, 19 genre flags, a release date, latin-1), `u.user` (`|`) and `u.data` (tabs)."""

import re
from datetime import date, datetime
from typing import ClassVar

from streaming.datasets.movielens import Films, Ratings, field_count_complaint, portrait
from streaming.datasets.movielens_viewers import Told, Viewers
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError

# In the order of the flags, as the set's u.genre lists them; the first flag says that no genre is known.
_GENRES = (
    "",
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
_FACTS = ("film id", "title", "release date", "video release date", "address")
_VIEWER_FIELDS = ("viewer id", "age", "gender", "occupation", "postcode")
_FIELDS = (*_FACTS, *(f"flag {number}" for number in range(len(_GENRES))))


class _Items(Films):
    def split(self, raw: bytes) -> tuple[str, str, tuple[str, ...], date | None]:
        """As in `Films`."""
        parts = raw.decode("latin-1").split("|")
        if len(parts) != len(_FIELDS):
            raise CodecError(field_count_complaint(_FIELDS, "|", len(parts)))
        return parts[0], parts[1], _flagged(parts[len(_FACTS) :]), _release_date(parts[2])


class _Users(Viewers):
    def split(self, raw: bytes) -> Told:
        """As in `Viewers`."""
        parts = raw.decode("latin-1").split("|")
        if len(parts) != len(_VIEWER_FIELDS):
            raise CodecError(field_count_complaint(_VIEWER_FIELDS, "|", len(parts)))
        viewer, age, gender, occupation, _ = parts
        if not re.fullmatch(r"[a-z]{1,40}", occupation):
            raise CodecError(f"occupation: wanted a word, saw {portrait(occupation.encode())}")
        return Told(viewer, age, gender, occupation)


class MovieLens100K(TextDataset):
    """A folder of MovieLens 100K."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        _Items("ml-100k/u.item"),
        _Users("ml-100k/u.user"),
        Ratings("ml-100k/u.data", b"\t"),
    )


def _flagged(flags: list[str]) -> tuple[str, ...]:
    if not set(flags) <= {"0", "1"}:
        raise CodecError("genre flags: wanted only 0 and 1, saw something else")
    return tuple(genre for genre, flag in zip(_GENRES, flags, strict=True) if flag == "1" and genre)


def _release_date(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%d-%b-%Y").date()
    except ValueError:
        raise CodecError(f"release date: wanted a day as 01-Jan-1995, saw {len(text)} other characters") from None
