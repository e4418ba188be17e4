"""What the forms of MovieLens share: rows of ratings, and films that carry their year in the title."""

import re
from abc import ABC, abstractmethod
from collections.abc import Collection
from datetime import date
from typing import ClassVar

from streaming.datasets.dataset import Draft, midnight
from streaming.errors import CodecError
from streaming.schema.events import Event, FilmDescribed, Rate, derive_id
from streaming.schema.identity import Pseudonymise

# 15 digits of seconds are 10^18 ms, which an event's 62 bits hold; a year 2999 passes, for the lake to judge.
_NUMBER_FIELDS = {
    "viewer id": (re.compile(rb"\d{1,18}"), "1 to 18 digits"),
    "film id": (re.compile(rb"\d{1,18}"), "1 to 18 digits"),
    "rating": (re.compile(rb"-?\d{1,18}(?:\.\d{1,18})?"), "a decimal number"),
    "time": (re.compile(rb"-?\d{1,15}"), "seconds since 1970, at most 15 digits"),
}
_YEAR = re.compile(r"\(([12]\d{3})(?:[-–]\d{0,4})?\)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_build_rate = Rate.__pydantic_validator__.validate_python


class Ratings:
    """Lines of viewer, film, rating and seconds since 1970, with one separator."""

    describes: ClassVar[str | None] = None

    def __init__(self, loader: str, separator: bytes) -> None:
        self.loader = loader
        self._dataset = loader.partition("/")[0]
        self._separator = separator
        groups = [b"(%b)" % pattern.pattern for pattern, _ in _NUMBER_FIELDS.values()]
        self._row = re.compile(re.escape(separator).join(groups))

    def is_header(self, first_line: bytes) -> bool:
        """A file of comma-separated values begins with its column names."""
        return first_line.removeprefix(b"\xef\xbb\xbf").lower().startswith(b"userid,")

    def draft(self, raw: bytes, line: int) -> Draft:
        """As in `Source`; fields are viewer, film (numbers as the file has them) and rating."""
        row = self._row.fullmatch(raw)
        if row is None:
            raise CodecError(self._complaint(raw))
        viewer, film, rating, seconds = row.groups()
        return Draft(int(seconds) * 1000, line, self, (int(viewer), int(film), float(rating)))

    def event(self, draft: Draft, pseudonymise: Pseudonymise) -> Event:
        """As in `Source`."""
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
            return field_count_complaint(_NUMBER_FIELDS, self._separator.decode(), len(parts))
        for part, (name, (pattern, wanted)) in zip(parts, _NUMBER_FIELDS.items(), strict=True):
            if not pattern.fullmatch(part):
                return f"{name}: wanted {wanted}, saw {portrait(part)}"
        raise AssertionError("a line whose fields all match is a row")


class Films(ABC):
    """Lines that describe a film. A form says how it splits one."""

    describes: ClassVar[str | None] = "films"

    def __init__(self, loader: str) -> None:
        self.loader = loader

    def is_header(self, first_line: bytes) -> bool:
        """A file of comma-separated values begins with its column names."""
        return first_line.removeprefix(b"\xef\xbb\xbf").lower().startswith(b"movieid,")

    @abstractmethod
    def split(self, raw: bytes) -> tuple[str, str, tuple[str, ...], date | None]:
        """Number, title, genres and release date of a line.

        Raises:
            CodecError: the line has not the form's fields.
        """

    def draft(self, raw: bytes, line: int) -> Draft:
        """As in `Source`; fields are film_id, title, genres and release date."""
        number, title, genres, released = self.split(raw)
        if not re.fullmatch(r"[0-9]{1,18}", number):
            raise CodecError(f"film id: wanted 1 to 18 digits, saw {portrait(number.encode())}")
        if not title.strip():
            raise CodecError("title: wanted text, saw nothing")
        if _CONTROL.search(title + "".join(genres)):
            raise CodecError("the line holds control characters: bytes that are no text")
        return Draft(_known_from(title, released), line, self, (f"ml-{int(number)}", title, genres, released))

    def event(self, draft: Draft, pseudonymise: Pseudonymise) -> Event:
        """As in `Source`."""
        film_id, title, genres, released = draft.fields
        return FilmDescribed.model_validate(
            {
                "event_id": derive_id(FilmDescribed.type, draft.occurred_at, *draft.fields),
                "occurred_at": draft.occurred_at,
                "film_id": film_id,
                "title": title,
                "genres": genres,
                "release_date": released,
            }
        )


def field_count_complaint(names: Collection[str], separator: str, seen: int) -> str:
    """What to say of a line that has more or fewer fields than `names`."""
    return f"wanted {len(names)} fields separated by {separator!r} ({', '.join(names)}), saw {seen}"


def genres_of(text: str) -> tuple[str, ...]:
    """Genres joined by `|`; MovieLens marks a film without one in words."""
    return tuple(genre for genre in text.strip().split("|") if genre and genre != "(no genres listed)")


def _known_from(title: str, released: date | None) -> int:
    """The release date, else the first day of the title's year, else 1970: before any rating."""
    if released is None:
        years = _YEAR.findall(title)
        released = date(int(years[-1]), 1, 1) if years else date(1970, 1, 1)
    return midnight(released)


def portrait(field: bytes) -> str:
    """A field described without a character of it: it may be a raw viewer id."""
    if not field:
        return "nothing"
    kind = "text" if field.isascii() and field.decode().isprintable() else "bytes that are no text"
    return f"{len(field)} bytes of {kind}" if kind == "text" else f"{len(field)} {kind}"
