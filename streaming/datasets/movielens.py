"""What the forms of MovieLens share: rows of ratings, of films that carry their year in the title, and of viewers."""

import re
from collections.abc import Callable, Collection
from datetime import date
from typing import NamedTuple

from streaming.datasets.dataset import DraftEvent, described, midnight
from streaming.datasets.text import LineSource
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
_build_rate = Rate.__pydantic_validator__.validate_python


class FilmFields(NamedTuple):
    """The fields of a line that describes a film, as the file has them."""

    number: str
    title: str
    genres: tuple[str, ...]
    released: date | None = None


class ViewerFields(NamedTuple):
    """The fields of a line that describes a viewer, as the file has them; where they live is left out."""

    viewer: str
    age: str
    gender: str
    occupation: str


class RatingLines(LineSource):
    """Lines of viewer, film, rating and seconds since 1970, with one separator."""

    describes, header = False, b"userid,"

    def __init__(self, loader: str, separator: bytes) -> None:
        super().__init__(loader)
        self._separator = separator
        groups = [b"(%b)" % pattern.pattern for pattern, _ in _NUMBER_FIELDS.values()]
        self._row = re.compile(re.escape(separator).join(groups))

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """As in `SourceFile`; fields are viewer, film (numbers as the file has them) and rating."""
        row = self._row.fullmatch(raw)
        if row is None:
            raise CodecError(self._complaint(raw))
        viewer, film, rating, seconds = row.groups()
        return DraftEvent(int(seconds) * 1000, line, self, (int(viewer), int(film), float(rating)))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """As in `SourceFile`."""
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

    def _complaint(self, raw: bytes) -> str:
        parts = raw.split(self._separator)
        if len(parts) != len(_NUMBER_FIELDS):
            return _wrong_count(_NUMBER_FIELDS, self._separator.decode(), len(parts))
        for part, (name, (pattern, wanted)) in zip(parts, _NUMBER_FIELDS.items(), strict=True):
            if not pattern.fullmatch(part):
                return f"{name}: wanted {wanted}, saw {portrait(part)}"
        raise AssertionError("a line whose fields all match is a row")


class FilmLines(LineSource):
    """Lines that describe a film; `parse_line` takes a form's line apart, or raises CodecError."""

    header = b"movieid,"

    def __init__(self, loader: str, parse_line: Callable[[bytes], FilmFields]) -> None:
        super().__init__(loader)
        self._parse_line = parse_line

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """As in `SourceFile`; fields are film_id, title, genres and release date."""
        number, title, genres, released = self._parse_line(raw)
        _refuse_unless_number("film id", number)
        if not title.strip():
            raise CodecError("title: wanted text, saw nothing")
        if _CONTROL.search(title + "".join(genres)):
            raise CodecError("the line holds control characters: bytes that are no text")
        return DraftEvent(_known_from(title, released), line, self, (f"ml-{int(number)}", title, genres, released))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """As in `SourceFile`."""
        return described(draft, ("film_id", "title", "genres", "release_date"))


class ViewerLines(LineSource):
    """Lines that describe a viewer; `parse_line` takes a form's line apart, or raises CodecError."""

    def __init__(self, loader: str, parse_line: Callable[[bytes], ViewerFields]) -> None:
        super().__init__(loader)
        self._parse_line = parse_line

    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """As in `SourceFile`; fields are viewer (a number as the file has it), age band, gender and occupation."""
        viewer, age, gender, occupation = self._parse_line(raw)
        _refuse_unless_number("viewer id", viewer)
        _refuse_unless_number("age", age)
        if gender not in _GENDERS:
            raise CodecError(f"gender: wanted F or M, saw {portrait(gender.encode())}")
        band = _BANDS[max(first for first in _BANDS if first <= int(age))]
        return DraftEvent(_ALWAYS, line, self, (int(viewer), band, _GENDERS[gender], occupation))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """As in `SourceFile`."""
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


def fields_of(raw: bytes, separator: str, names: Collection[str]) -> list[str]:
    """The fields of a line in latin-1.

    Raises:
        CodecError: there are more or fewer than `names`.
    """
    return checked_count(raw.decode("latin-1").split(separator), separator, names)


def checked_count(parts: list[str], separator: str, names: Collection[str]) -> list[str]:
    """The fields themselves; errors as in `fields_of`."""
    if len(parts) != len(names):
        raise CodecError(_wrong_count(names, separator, len(parts)))
    return parts


def genres_of(text: str) -> tuple[str, ...]:
    """Genres joined by `|`; MovieLens marks a film without one in words."""
    return tuple(genre for genre in text.strip().split("|") if genre and genre != "(no genres listed)")


def portrait(field: bytes) -> str:
    """A field described without a character of it: it may be a raw viewer id."""
    if not field:
        return "nothing"
    kind = "text" if field.isascii() and field.decode().isprintable() else "bytes that are no text"
    return f"{len(field)} bytes of {kind}" if kind == "text" else f"{len(field)} {kind}"


def _refuse_unless_number(name: str, text: str) -> None:
    if not _NUMBER.fullmatch(text):
        raise CodecError(f"{name}: wanted 1 to 18 digits, saw {portrait(text.encode())}")


def _wrong_count(names: Collection[str], separator: str, seen: int) -> str:
    return f"wanted {len(names)} fields separated by {separator!r} ({', '.join(names)}), saw {seen}"


def _known_from(title: str, released: date | None) -> int:
    """The release date, else the first day of the title's year, else 1970: before any rating."""
    if released is None:
        years = _YEAR.findall(title)
        released = date(int(years[-1]), 1, 1) if years else date(1970, 1, 1)
    return midnight(released)
