"""The facts of released films in the box-office set: `releases.parquet`.

When a film was announced is not in the set. Its facts are told `_ANNOUNCED` days before it opens (rivals that open two
weeks after a film are so known when it is asked for, 30 days ahead), its bookings a week before. The date told is that
on which it did open.
"""

import ast
import re
from datetime import date, timedelta
from typing import ClassVar

import pyarrow as pa

from streaming.datasets.dataset import DraftEvent, described, midnight
from streaming.datasets.parquet import RowSource, Values, number_or_none, text_or_none, wanted
from streaming.schema.events import Event
from streaming.schema.identity import Pseudonymise

_RUNTIME = re.compile(r"(?:(\d+)h)? ?(?:(\d+)m)?")
_ANNOUNCED, _BOOKED = timedelta(days=90), timedelta(days=7)  # before the opening
_WIDE = 600  # cinemas: fewer are a limited release
_MAKERS = ("directors", "writers", "stars")
_LISTS = (*_MAKERS, "companies", "countries", "languages")
_FACTS = (
    *("film_id", "title", "genres", "people", "release_date", "budget"),
    *("synopsis", "distributor", "certificate", "runtime_minutes"),
    *_LISTS,
    *("opens", "wide", "opening_theatres"),
)


class ReleaseFacts(RowSource):
    """What was announced of a film before it came out. Lists are written as Python writes them."""

    loader = "boxoffice/releases.parquet"
    columns: ClassVar[dict[str, pa.DataType]] = {
        **dict.fromkeys(("release_id", "title"), pa.string()),
        **dict.fromkeys(("genres", *_LISTS), pa.string()),
        **dict.fromkeys(("first_seen", "release_date", "open_date"), pa.date32()),
        **dict.fromkeys(("budget", "theaters_open"), pa.float64()),
        **dict.fromkeys(("overview", "distributor", "mpa", "duration"), pa.string()),
    }
    optional: ClassVar[frozenset[str]] = frozenset(
        {"companies", "countries", "languages", "open_date", "theaters_open"}
    )

    def draft_row(self, values: Values, line: int) -> DraftEvent:
        """Check one row: fields are those of `FilmDescribed`, film_id first; none is booked. Raises CodecError."""
        row = dict(zip(self.columns, values, strict=True))
        release, title = (text_or_none(name, row[name]) for name in ("release_id", "title"))
        if release is None or title is None:
            raise wanted("release_id and title", "text", (release, title))
        lists = {column: _parse_names(column, row[column]) for column in _LISTS}
        people = [name for column in _MAKERS for name in lists[column]]
        released, first_seen, opens = (
            _day_or_none(name, row[name]) for name in ("release_date", "first_seen", "open_date")
        )
        theatres = number_or_none("theaters_open", row["theaters_open"])
        facts = (
            *(
                f"bo-{release}",
                title,
                _parse_names("genres", row["genres"]),
                tuple(dict.fromkeys(people)),
                released,
            ),
            number_or_none("budget", row["budget"]),
            *(text_or_none(name, row[name]) for name in ("overview", "distributor", "mpa")),
            _parse_minutes(text_or_none("duration", row["duration"])),
            *lists.values(),
            opens,
            None if theatres is None else theatres >= _WIDE,
            None,
        )
        return DraftEvent(_known_from_ms(released, first_seen, opens), line, self, facts)

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the FilmDescribed event of a draft."""
        return described(draft, _FACTS)


class Bookings(ReleaseFacts):
    """The same facts a week before the opening, when it is known in how many cinemas that will be."""

    def draft_row(self, values: Values, line: int) -> DraftEvent:
        """Check one row, with the cinemas booked for the opening.

        Raises:
            CodecError: it is not told when the film opens, or in how many cinemas.
        """
        row = dict(zip(self.columns, values, strict=True))
        opens, theatres = row["open_date"], number_or_none("theaters_open", row["theaters_open"])
        if not isinstance(opens, date) or theatres is None:
            raise wanted("open_date and theaters_open", "a day and a number", (opens, theatres))
        announced = super().draft_row(values, line)
        return DraftEvent(midnight(opens - _BOOKED), line, self, (*announced.fields[:-1], int(theatres)))


def _known_from_ms(*days: date | None) -> int:
    """When a film counts as announced: some time before it opens, is released or takes money, whatever is first."""
    known = [day for day in days if day is not None]
    if not known:
        raise wanted("release_date, first_seen or open_date", "a day", None)
    return midnight(min(known) - _ANNOUNCED)


def _day_or_none(field: str, value: object) -> date | None:
    if value is not None and not isinstance(value, date):
        raise wanted(field, "a day", value)
    return value


def _parse_names(field: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    try:
        names = ast.literal_eval(str(value))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise wanted(field, "a list of names", value) from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise wanted(field, "a list of names", value)
    return tuple(names)


def _parse_minutes(duration: str | None) -> float | None:
    """`1h 40m` → 100; None where there is no length."""
    if duration is None:
        return None
    parts = _RUNTIME.fullmatch(duration.strip())
    if parts is None or not any(parts.groups()):
        raise wanted("duration", "hours and minutes as 1h 40m", duration)
    hours, minutes = (int(part or 0) for part in parts.groups())
    return 60.0 * hours + minutes
