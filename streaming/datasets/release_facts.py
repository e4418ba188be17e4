"""The facts of released films in the box-office set: `releases.parquet`."""

import ast
import re
from datetime import date
from typing import ClassVar

import pyarrow as pa

from streaming.datasets.dataset import Draft, midnight
from streaming.datasets.parquet import RowSource, Values, number_or_none, text_or_none, wanted
from streaming.events import Event, FilmDescribed, derive_id
from streaming.identity import Pseudonymise

_RUNTIME = re.compile(r"(?:(\d+)h)? ?(?:(\d+)m)?")
_FACTS = (
    *("film_id", "title", "genres", "people", "release_date", "budget"),
    *("synopsis", "distributor", "certificate", "runtime_minutes"),
)


class ReleaseFacts(RowSource):
    """What was known of a film when it came out. Lists are written as Python writes them."""

    loader: ClassVar[str] = "boxoffice/releases.parquet"
    columns: ClassVar[dict[str, pa.DataType]] = {
        **dict.fromkeys(("release_id", "title"), pa.string()),
        **dict.fromkeys(("genres", "directors", "writers", "stars"), pa.string()),
        **dict.fromkeys(("first_seen", "release_date"), pa.date32()),
        "budget": pa.float64(),
        **dict.fromkeys(("overview", "distributor", "mpa", "duration"), pa.string()),
    }

    def draft_row(self, values: Values, line: int) -> Draft:
        """As in `RowSource`; fields are those of `FilmDescribed`, film_id first."""
        row = dict(zip(self.columns, values, strict=True))
        release, title = (text_or_none(name, row[name]) for name in ("release_id", "title"))
        if release is None or title is None:
            raise wanted("release_id and title", "text", (release, title))
        people = [name for column in ("directors", "writers", "stars") for name in _names(column, row[column])]
        released = _day_or_none("release_date", row["release_date"])
        facts = (
            *(
                f"bo-{release}",
                title,
                _names("genres", row["genres"]),
                tuple(dict.fromkeys(people)),
                released,
            ),
            number_or_none("budget", row["budget"]),
            *(text_or_none(name, row[name]) for name in ("overview", "distributor", "mpa")),
            _minutes(text_or_none("duration", row["duration"])),
        )
        return Draft(_known_from(released, row["first_seen"]), line, self, facts)

    def event(self, draft: Draft, pseudonymise: Pseudonymise) -> Event:
        """As in `Source`."""
        identity = derive_id(FilmDescribed.type, draft.occurred_at, *draft.fields)
        facts = dict(zip(_FACTS, draft.fields, strict=True))
        return FilmDescribed.model_validate({"event_id": identity, "occurred_at": draft.occurred_at, **facts})


def _known_from(released: date | None, first_seen: object) -> int:
    """A film is known on its release date, and at the latest when it takes money: the earlier of the two."""
    days = [day for day in (released, _day_or_none("first_seen", first_seen)) if day is not None]
    if not days:
        raise wanted("release_date or first_seen", "a day", None)
    return midnight(min(days))


def _day_or_none(field: str, value: object) -> date | None:
    if value is not None and not isinstance(value, date):
        raise wanted(field, "a day", value)
    return value


def _names(field: str, value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    try:
        names = ast.literal_eval(str(value))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise wanted(field, "a list of names", value) from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise wanted(field, "a list of names", value)
    return tuple(names)


def _minutes(duration: str | None) -> float | None:
    """`1h 40m` → 100."""
    if duration is None:
        return None
    parts = _RUNTIME.fullmatch(duration.strip())
    if parts is None or not any(parts.groups()):
        raise wanted("duration", "hours and minutes as 1h 40m", duration)
    hours, minutes = (int(part or 0) for part in parts.groups())
    return 60.0 * hours + minutes
