"""Box office of the US and Canada: `daily.parquet` (a release, a day) and `releases.parquet` (film facts).

Days before 2002 are incomplete in the set and left out. Facts that only the run itself could tell (gross,
rating, votes, …) are never read. A film is announced before it opens, is released or takes money, whatever is first;
its release date is often that of another country.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from streaming.datasets.dataset import Dataset, DraftEvent, Reading, by_time, described, midnight
from streaming.datasets.parquet import RowSource, Values, number_or_none, read_columns, text_or_none, wanted
from streaming.datasets.release_facts import Bookings, ReleaseFacts
from streaming.errors import CodecError
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import BoxOfficeDay, Event, derive_id
from streaming.schema.identity import Pseudonymise

_FIRST_DAY = date(2002, 1, 1)
_build_day: Callable[[dict[str, Any]], BoxOfficeDay] = BoxOfficeDay.__pydantic_validator__.validate_python


class _Days(RowSource):
    """What a release took on a day."""

    loader = "boxoffice/daily.parquet"
    columns: ClassVar[dict[str, pa.DataType]] = {
        "date": pa.date32(),
        "release_id": pa.string(),
        "gross": pa.float64(),
        "theaters": pa.float64(),
    }

    def draft_row(self, values: Values, line: int) -> DraftEvent:
        """Check one row of a release and day: fields are film_id, date, gross and screens. Raises CodecError."""
        day, release, gross, theaters = values
        if not isinstance(day, date):
            raise wanted("date", "a day", day)
        if not release or not isinstance(release, str):
            raise wanted("release_id", "a name", release)
        taken = number_or_none("gross", gross)
        if taken is None:
            raise wanted("gross", "a number", gross)
        screens = number_or_none("theaters", theaters)
        end = midnight(day) + DAY_MS - 1
        return DraftEvent(end, line, self, (f"bo-{release}", day, taken, None if screens is None else int(screens)))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the event of one day: one release has one gross a day, so a second row for it gets the same id."""
        film_id, day, gross, screens = draft.fields
        return _build_day(
            {
                "event_id": derive_id(BoxOfficeDay.type, film_id, day),
                "occurred_at": draft.occurred_at,
                "film_id": film_id,
                "date": day,
                "gross": gross,
                "screens": screens,
            }
        )


class _Titles(RowSource):
    """The little that a daily row says of a release of which no facts are known."""

    loader = "boxoffice/daily.parquet"
    columns: ClassVar[dict[str, pa.DataType]] = {
        "date": pa.date32(),
        "release_id": pa.string(),
        "title": pa.string(),
        "distributor": pa.string(),
    }

    def draft_row(self, values: Values, line: int) -> DraftEvent:
        """Check one row: fields are film_id, title and distributor. Raises CodecError."""
        day, release, title, distributor = values
        if not isinstance(day, date) or not release or not title:
            raise CodecError("a release needs a day, a release_id and a title to be described")
        return DraftEvent(midnight(day), line, self, (f"bo-{release}", title, text_or_none("distributor", distributor)))

    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the FilmDescribed event of a draft."""
        return described(draft, ("film_id", "title", "distributor"))


class BoxOffice(Dataset):
    """A folder of the box office."""

    sources: ClassVar[tuple[RowSource, ...]] = (ReleaseFacts(), _Days())

    def read(self) -> Reading:
        """Read and check every row of both files; a file that is missing is left out."""
        reading = Reading([], [], [])
        releases, daily = (self.folder / name for name in self.file_names())
        if releases.is_file():
            facts = ReleaseFacts()
            table = read_columns(releases, facts.columns, facts.optional)
            facts.read_rows(table, reading.descriptions, reading.bad)
            Bookings().read_rows(table, reading.descriptions, bad=[])
        if daily.is_file():
            table = _without_early_days(read_columns(daily, {**_Days.columns, **_Titles.columns}))
            reading.descriptions.extend(
                _draft_undescribed(table, {str(draft.fields[0]) for draft in reading.descriptions})
            )
            _Days().read_rows(table, reading.happenings, reading.bad)
        return Reading(by_time(reading.descriptions), by_time(reading.happenings), reading.bad)


def _without_early_days(table: pa.Table) -> pa.Table:
    """The rows from the first complete day on, and those without a day, which are bad lines to be told of."""
    return table.filter(pc.fill_null(pc.greater_equal(table["date"], pa.scalar(_FIRST_DAY)), True))


def _draft_undescribed(table: pa.Table, described: set[str]) -> list[DraftEvent]:
    """A draft of a description for each release that has none, from the earliest row that has a title."""
    known = pa.array([film_id.removeprefix("bo-") for film_id in described], pa.string())
    unknown = pc.invert(pc.is_in(table["release_id"], known))
    complete = pc.and_(pc.is_valid(table["date"]), pc.is_valid(table["title"]))
    drafts: list[DraftEvent] = []
    _Titles().read_rows(table.filter(pc.and_(unknown, complete)), drafts, bad=[])
    return list({draft.fields[0]: draft for draft in reversed(by_time(drafts))}.values())
