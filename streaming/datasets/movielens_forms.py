"""The three forms in which MovieLens is distributed: 1M (`::`), 100K (`|` and tabs), comma-separated values."""

import csv
import re
from datetime import date, datetime
from typing import ClassVar

from streaming.datasets.movielens import (
    FilmFields,
    FilmLines,
    RatingLines,
    ViewerFields,
    ViewerLines,
    checked_count,
    fields_of,
    genres_of,
    portrait,
)
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError

_FILM = ("film id", "title", "genres")
_VIEWER_1M = ("viewer id", "gender", "age", "occupation", "postcode")
_VIEWER_100K = ("viewer id", "age", "gender", "occupation", "postcode")
# By their codes in MovieLens 1M.
_OCCUPATIONS = (
    *("other", "academic", "artist", "clerical", "college student", "customer service", "health care", "executive"),
    *("farmer", "homemaker", "school student", "lawyer", "programmer", "retired", "sales", "scientist"),
    *("self-employed", "engineer", "tradesman", "unemployed", "writer"),
)
# The flags of MovieLens 100K in the order of its u.genre; the first one says that no genre is known.
_GENRES = (
    "",
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
_FACTS = ("film id", "title", "release date", "video release date", "address")
_ITEM = (*_FACTS, *(f"flag {number}" for number in range(len(_GENRES))))


def _movie_1m(raw: bytes) -> FilmFields:
    number, title, genres = fields_of(raw, "::", _FILM)
    return FilmFields(number, title, genres_of(genres))


def _user_1m(raw: bytes) -> ViewerFields:
    viewer, gender, age, code, _ = fields_of(raw, "::", _VIEWER_1M)
    if not code.isdecimal() or int(code) >= len(_OCCUPATIONS):
        raise CodecError(f"occupation: wanted a number below {len(_OCCUPATIONS)}, saw {portrait(code.encode())}")
    return ViewerFields(viewer, age, gender, _OCCUPATIONS[int(code)])


def _item_100k(raw: bytes) -> FilmFields:
    number, title, released, _, _, *flags = fields_of(raw, "|", _ITEM)
    return FilmFields(number, title, _flagged(flags), _release_date(released))


def _user_100k(raw: bytes) -> ViewerFields:
    viewer, age, gender, occupation, _ = fields_of(raw, "|", _VIEWER_100K)
    if not re.fullmatch(r"[a-z]{1,40}", occupation):
        raise CodecError(f"occupation: wanted a word, saw {portrait(occupation.encode())}")
    return ViewerFields(viewer, age, gender, occupation)


def _movie_csv(raw: bytes) -> FilmFields:
    try:
        parts = next(csv.reader([raw.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise CodecError("the line is no UTF-8: bytes that are no text") from None
    except csv.Error as error:
        raise CodecError(f"the line is no row of comma-separated values: {error}") from None
    number, title, genres = checked_count(parts, ",", _FILM)
    return FilmFields(number, title, genres_of(genres))


class MovieLens1M(TextDataset):
    """A folder of MovieLens 1M: `movies.dat`, `users.dat` and `ratings.dat`, in latin-1."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-1m/movies.dat", _movie_1m),
        ViewerLines("ml-1m/users.dat", _user_1m),
        RatingLines("ml-1m/ratings.dat", b"::"),
    )


class MovieLens100K(TextDataset):
    """A folder of MovieLens 100K: `u.item`, `u.user` and `u.data`, in latin-1."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-100k/u.item", _item_100k),
        ViewerLines("ml-100k/u.user", _user_100k),
        RatingLines("ml-100k/u.data", b"\t"),
    )


class MovieLensCsv(TextDataset):
    """A folder of MovieLens latest, 20M, 25M, …: `movies.csv` and `ratings.csv`, in UTF-8."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-csv/movies.csv", _movie_csv),
        RatingLines("ml-csv/ratings.csv", b","),
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
