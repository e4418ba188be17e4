"""The box office as it was known at the end of any week, without Spark.

`features/film_day_week` holds a version a week and key (film, territory and date, or a film's genres). Each version is
valid from its own week until that of the next version of the same key, so that what was known at the end of a week is
one pass over the rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd

from jobs.features.film_day_week import NAME
from models.base.columns import DATE, FILM, GENRES, GROSS
from pipelines.lake import delta, frames
from pipelines.platform import settings
from pipelines.platform.errors import LogBehind, NothingThere
from pipelines.platform.weeks import mondays

TABLE = f"features/{NAME}"
WEEK, UNTIL, EVENTS = "week", "until", "events"
_COLUMNS = [WEEK, FILM, "territory", DATE, GROSS, "screens", GENRES, EVENTS]
_NEVER = pd.Timestamp.max.floor("D")


@dataclass(frozen=True)
class BoxOfficeLog:
    """`days` (film_id, territory, date, gross, screens) and `genres` (film_id, genres), each with week and until."""

    days: pd.DataFrame
    genres: pd.DataFrame
    events: "pd.Series[int]"  # received in each week, by Monday

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Self:
        """The log of rows of `features/film_day_week`, in any order."""
        typed = rows.assign(**{name: pd.to_datetime(rows[name]) for name in (WEEK, DATE)})
        day = typed[DATE].notna()
        return cls(
            days=_with_until(
                typed.loc[day, [WEEK, FILM, "territory", DATE, GROSS, "screens"]], FILM, "territory", DATE
            ),
            genres=_with_until(typed.loc[~day, [WEEK, FILM, GENRES]], FILM),
            events=typed.groupby(WEEK)[EVENTS].sum().sort_index(),
        )

    def known(self, week: pd.Timestamp) -> int:
        """How many events had been received by the end of a week."""
        return int(self.events.loc[:week].sum())

    def panel(self, week: pd.Timestamp | None = None) -> pd.DataFrame:
        """The forecasters' panel as it was known at the end of a week; by default as it is known now."""
        now = self.events.index.max() if week is None else week
        known = _at(self.days, now).groupby([FILM, DATE], as_index=False)[[GROSS, "screens"]].sum(min_count=1)
        opened = known.groupby(FILM)[DATE].transform("min")
        genres = _at(self.genres, now).set_index(FILM)[GENRES]
        return frames.as_panel(
            known.assign(day=(known[DATE] - opened).dt.days + 1, genres=known[FILM].map(genres).fillna(""))
        )


def read(lake: Path) -> BoxOfficeLog:
    """The log as the lake has it; empty where nothing has been written yet."""
    rows = delta.read(lake, TABLE, _COLUMNS)
    return BoxOfficeLog.of(pd.DataFrame(columns=_COLUMNS) if rows is None else rows)


@dataclass(frozen=True)
class EventCounts:
    """How many box-office and film events silver holds, by the week in which they occurred."""

    events: "pd.Series[int]"  # by Monday; those from before the history begins count to its first week
    newest: pd.Timestamp  # day of the newest box-office event

    @classmethod
    def read(cls, lake: Path) -> Self:
        """Counted from silver, without Spark.

        Raises:
            NothingThere: silver has no box office.
        """
        days = delta.read(lake, "silver/boxoffice", ["occurred_at"])
        if days is None or days.empty:
            raise NothingThere(
                f"{lake} has no box office: send box-office events, or `cineloop run --once --data path/to/boxoffice`"
            )
        films = delta.read(lake, "silver/films", ["occurred_at"])
        moments = pd.concat([days, films], ignore_index=True)["occurred_at"]
        weeks, begins = mondays(moments), pd.Timestamp(settings.history_from())
        counted = weeks.where(weeks >= begins, begins).value_counts().sort_index()
        return cls(counted, days["occurred_at"].max().tz_localize(None).normalize())

    def behind(self, log: BoxOfficeLog, until: pd.Timestamp | None = None) -> list[pd.Timestamp]:
        """The weeks, up to `until`, of which the log does not hold just what silver holds."""
        off = self.events.sub(log.events, fill_value=0).loc[:until]
        return sorted(off.index[off != 0])

    def require(self, log: BoxOfficeLog, until: pd.Timestamp) -> None:
        """Refuse a log that lacks events known by the end of the week `until`.

        Raises:
            LogBehind: weeks are missing, or events have come late to them.
        """
        weeks = self.behind(log, until)
        if weeks:
            raise LogBehind(
                f"{len(weeks)} weeks of {TABLE} from {weeks[0].date()} to {weeks[-1].date()} lack events that silver "
                f"holds: make them anew (`{NAME}` on the Dagster page, or `cineloop backtest`)"
            )


def _with_until(versions: pd.DataFrame, *keys: str) -> pd.DataFrame:
    ordered = versions.sort_values([*keys, WEEK], ignore_index=True)
    until = ordered.groupby(list(keys), sort=False)[WEEK].shift(-1)
    return ordered.assign(**{UNTIL: until.fillna(_NEVER)})


def _at(versions: pd.DataFrame, week: pd.Timestamp) -> pd.DataFrame:
    return versions[(versions[WEEK] <= week) & (versions[UNTIL] > week)]
