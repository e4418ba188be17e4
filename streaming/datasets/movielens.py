"""The three forms in which MovieLens is distributed: 1M (`::`), 100K (`|` and tabs), comma-separated values."""

import csv
import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any, ClassVar

from streaming.datasets.dataset import DraftEvent, described, midnight
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError
from streaming.schema.events import Event, Rate, ViewerDescribed, derive_id
from streaming.schema.identity import Pseudonymise

# 15 digits of seconds are 10^18 ms, which an event's 62 bits hold; a year 2999 passes, for the lake to judge.
_NUMBER_FIELDS = {
    "viewer id": (re.compile(rb"\d{1,18}"), "1 to 18 digits"),
    "film id": (re.compile(rb"\d{1,18}"), "1 to 18 digits"),
    "rating": (re.compile(rb"-?\d{1,18}(?:\.\d{1,18})?"), "a decimal number"),
    "time": (re.compile(rb"-?\d{1,15}"), "seconds since 1970, at most 15 digits"),
}
_NUMBER = re.compile(r"[0-9]{1,18}")
_YEAR = re.compile(r"\(([12]\d{3})(?:[-–]\d{0,4})?\)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# From which age: the bands of MovieLens 1M, which has nothing finer.
_BANDS = {0: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56 and over"}
_GENDERS = {"F": "female", "M": "male"}
_ALWAYS = 0  # 1970: the sets do not say when viewers described themselves
_FilmFields = tuple[str, str, tuple[str, ...], date | None]
"""Number, title, genres and release date of a line that describes a film."""
_ViewerFields = tuple[str, str, str, str]
"""Viewer, age, gender and occupation of a line that describes a viewer; where they live is left out."""
_build_rate: Callable[[dict[str, Any]], Rate] = Rate.__pydantic_validator__.validate_python
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


class RatingLines(LineSource):
    """Lines of viewer, film, rating and seconds since 1970, with one separator."""

    describes, header = False, b"userid,"

    def __init__(self, loader: str, separator: bytes) -> None:
        super().__init__(loader)
        self._separator = separator
        groups = [b"(%b)" % pattern.pattern for pattern, _ in _NUMBER_FIELDS.values()]
        self._row = re.compile(re.escape(separator).join(groups))

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """Check one line: fields are viewer, film (numbers as the file has them) and rating. Raises CodecError."""
        row = self._row.fullmatch(raw)
        if row is None:
            raise CodecError(self._describe_fault(raw))
        viewer, film, rating, seconds = row.groups()
        return DraftEvent(int(seconds) * 1000, line, self, (int(viewer), int(film), float(rating)))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the rating event of a draft, with the viewer's pseudonym."""
        viewer, film, rating = draft.fields
        viewer_id = pseudonymise(f"{self._dataset}:{viewer}")
        film_id = f"ml-{film}"
        return _build_rate(
            {
                "event_id": derive_id(Rate.type, viewer_id, film_id, rating, draft.occurred_at),
                "occurred_at": draft.occurred_at,
                "viewer_id": viewer_id,
                "film_id": film_id,
                "rating": rating,
            }
        )

    def _describe_fault(self, raw: bytes) -> str:
        parts = raw.split(self._separator)
        if len(parts) != len(_NUMBER_FIELDS):
            return _wrong_count_message(_NUMBER_FIELDS, self._separator.decode(), len(parts))
        for part, (name, (pattern, wanted)) in zip(parts, _NUMBER_FIELDS.items(), strict=True):
            if not pattern.fullmatch(part):
                return f"{name}: wanted {wanted}, saw {_describe_unquoted(part)}"
        raise AssertionError("a line whose fields all match is a row")


class FilmLines(LineSource):
    """Lines that describe a film; `parse_line` takes a form's line apart, or raises CodecError."""

    header = b"movieid,"

    def __init__(self, loader: str, parse_line: Callable[[bytes], _FilmFields]) -> None:
        super().__init__(loader)
        self._parse_line = parse_line

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """Check one line: fields are film_id, title, genres and release date. Raises CodecError."""
        number, title, genres, released = self._parse_line(raw)
        _refuse_unless_number("film id", number)
        if not title.strip():
            raise CodecError("title: wanted text, saw nothing")
        if _CONTROL.search(title + "".join(genres)):
            raise CodecError("the line holds control characters: bytes that are no text")
        return DraftEvent(_known_from_ms(title, released), line, self, (f"ml-{int(number)}", title, genres, released))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the FilmDescribed event of a draft."""
        return described(draft, ("film_id", "title", "genres", "release_date"))


class ViewerLines(LineSource):
    """Lines that describe a viewer; `parse_line` takes a form's line apart, or raises CodecError."""

    def __init__(self, loader: str, parse_line: Callable[[bytes], _ViewerFields]) -> None:
        super().__init__(loader)
        self._parse_line = parse_line

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """Check one line: fields are viewer (the number as is), age band, gender and occupation. Raises CodecError."""
        viewer, age, gender, occupation = self._parse_line(raw)
        _refuse_unless_number("viewer id", viewer)
        _refuse_unless_number("age", age)
        if gender not in _GENDERS:
            raise CodecError(f"gender: wanted F or M, saw {_describe_unquoted(gender.encode())}")
        band = _BANDS[max(first for first in _BANDS if first <= int(age))]
        return DraftEvent(_ALWAYS, line, self, (int(viewer), band, _GENDERS[gender], occupation))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the ViewerDescribed event of a draft, with the viewer's pseudonym."""
        viewer, band, gender, occupation = draft.fields
        viewer_id = pseudonymise(f"{self._dataset}:{viewer}")
        return ViewerDescribed.model_validate(
            {
                "event_id": derive_id(ViewerDescribed.type, viewer_id, band, gender, occupation),
                "occurred_at": draft.occurred_at,
                "viewer_id": viewer_id,
                "age_band": band,
                "gender": gender,
                "occupation": occupation,
            }
        )


def _parse_movie_1m(raw: bytes) -> _FilmFields:
    number, title, genres = _split_fields(raw, "::", _FILM)
    return number, title, _split_genres(genres), None


def _parse_user_1m(raw: bytes) -> _ViewerFields:
    viewer, gender, age, code, _ = _split_fields(raw, "::", _VIEWER_1M)
    if not code.isdecimal() or int(code) >= len(_OCCUPATIONS):
        raise CodecError(
            f"occupation: wanted a number below {len(_OCCUPATIONS)}, saw {_describe_unquoted(code.encode())}"
        )
    return viewer, age, gender, _OCCUPATIONS[int(code)]


def _parse_item_100k(raw: bytes) -> _FilmFields:
    number, title, released, _, _, *flags = _split_fields(raw, "|", _ITEM)
    return number, title, _flagged_genres(flags), _parse_release_date(released)


def _parse_user_100k(raw: bytes) -> _ViewerFields:
    viewer, age, gender, occupation, _ = _split_fields(raw, "|", _VIEWER_100K)
    if not re.fullmatch(r"[a-z]{1,40}", occupation):
        raise CodecError(f"occupation: wanted a word, saw {_describe_unquoted(occupation.encode())}")
    return viewer, age, gender, occupation


def _parse_movie_csv(raw: bytes) -> _FilmFields:
    try:
        parts = next(csv.reader([raw.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise CodecError("the line is no UTF-8: bytes that are no text") from None
    except csv.Error as error:
        raise CodecError(f"the line is no row of comma-separated values: {error}") from None
    number, title, genres = _refuse_wrong_count(parts, ",", _FILM)
    return number, title, _split_genres(genres), None


class MovieLens1M(TextDataset):
    """A folder of MovieLens 1M: `movies.dat`, `users.dat` and `ratings.dat`, in latin-1."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-1m/movies.dat", _parse_movie_1m),
        ViewerLines("ml-1m/users.dat", _parse_user_1m),
        RatingLines("ml-1m/ratings.dat", b"::"),
    )


class MovieLens100K(TextDataset):
    """A folder of MovieLens 100K: `u.item`, `u.user` and `u.data`, in latin-1."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-100k/u.item", _parse_item_100k),
        ViewerLines("ml-100k/u.user", _parse_user_100k),
        RatingLines("ml-100k/u.data", b"\t"),
    )


class MovieLensCsv(TextDataset):
    """A folder of MovieLens latest, 20M, 25M, …: `movies.csv` and `ratings.csv`, in UTF-8."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        FilmLines("ml-csv/movies.csv", _parse_movie_csv),
        RatingLines("ml-csv/ratings.csv", b","),
    )


def _split_fields(raw: bytes, separator: str, names: Collection[str]) -> list[str]:
    """The fields of a line in latin-1.

    Raises:
        CodecError: there are more or fewer than `names`.
    """
    return _refuse_wrong_count(raw.decode("latin-1").split(separator), separator, names)


def _refuse_wrong_count(parts: list[str], separator: str, names: Collection[str]) -> list[str]:
    """Return `parts`, or raise CodecError if there are more or fewer than `names`."""
    if len(parts) != len(names):
        raise CodecError(_wrong_count_message(names, separator, len(parts)))
    return parts


def _split_genres(text: str) -> tuple[str, ...]:
    """The genres that are joined by `|`; none where MovieLens says in words that there is none."""
    return tuple(genre for genre in text.strip().split("|") if genre and genre != "(no genres listed)")


def _describe_unquoted(field: bytes) -> str:
    """A field described without a character of it: it may be a raw viewer id."""
    if not field:
        return "nothing"
    kind = "text" if field.isascii() and field.decode().isprintable() else "bytes that are no text"
    return f"{len(field)} bytes of {kind}" if kind == "text" else f"{len(field)} {kind}"


def _refuse_unless_number(name: str, text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise CodecError(f"{name}: wanted 1 to 18 digits, saw {_describe_unquoted(text.encode())}")


def _wrong_count_message(names: Collection[str], separator: str, seen: int) -> str:
    return f"wanted {len(names)} fields separated by {separator!r} ({', '.join(names)}), saw {seen}"


def _known_from_ms(title: str, released: date | None) -> int:
    """From when on a film counts as described: its release, else its title's year, else 1970."""
    if released is None:
        years = _YEAR.findall(title)
        released = date(int(years[-1]), 1, 1) if years else date(1970, 1, 1)
    return midnight(released)


def _flagged_genres(flags: list[str]) -> tuple[str, ...]:
    if not set(flags) <= {"0", "1"}:
        raise CodecError("genre flags: wanted only 0 and 1, saw something else")
    return tuple(genre for genre, flag in zip(_GENRES, flags, strict=True) if flag == "1" and genre)


def _parse_release_date(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%d-%b-%Y").date()
    except ValueError:
        raise CodecError(f"release date: wanted a day as 01-Jan-1995, saw {len(text)} other characters") from None
