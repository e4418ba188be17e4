"""The box office's history by weeks, and what the forecaster would have said in each: outside of any cycle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from jobs.features import main as features
from jobs.features.film_day_week import Weeks
from models.base.columns import DATE, GROSS
from pipelines.forecasting.backtest import known_by_week
from pipelines.forecasting.backtest import run as backtest
from pipelines.forecasting.backtest.known_by_week import WEEK, BoxOfficeLog, Told
from pipelines.forecasting.backtest.run import ACCURACY, FORECASTS, Progress, Quarter
from pipelines.lake import delta
from pipelines.lake.expectations import Finding
from pipelines.platform import lock, settings
from pipelines.platform.context import Context
from pipelines.platform.weeks import SUNDAY

_ACCURACY = pa.schema(
    [
        *[(WEEK, pa.date32()), ("films", pa.int64()), ("days", pa.int64())],
        *[(name, pa.float64()) for name in ("wape", "baseline_wape", "cover80")],
    ]
)
_NOT_OVER = "the week is not over: the newest box office is of {newest}"


@dataclass(frozen=True)
class Made:
    """What became of the weeks asked for."""

    rows: "pd.Series[int]"  # of `history/forecasts`, by week; 0 where a week was skipped
    skipped: dict[str, str]  # quarter, or weeks that are not over → why
    accuracy: pd.DataFrame  # a row a week of the whole table: week, films, days, wape, baseline_wape, cover80
    finding: Finding  # whether every week with a box office was forecast, or skipped with a reason


def write_log(context: Context, weeks: Sequence[pd.Timestamp]) -> tuple["pd.Series[int]", Finding]:
    """Make the weeks from the first to the last of `weeks` of `features/film_day_week` anew, by Spark.

    Returns:
        The rows of each week, and whether they stand for every event that silver holds of these weeks.

    Raises:
        Busy: another process is running a cycle.
        NothingThere: silver has no box office.
    """
    with lock.holding(context.state):
        told = Told.read(context.state.lake)
        first, last = weeks[0], weeks[-1]
        span = Weeks(first.date(), last.date(), settings.history_from())
        features.write_weeks(context.spark, context.lake, span)
        log = known_by_week.read(context.state.lake)
    asked = list(weeks)
    counts = pd.concat([log.days[WEEK], log.genres[WEEK]]).value_counts().reindex(asked, fill_value=0)
    return counts, _counted(told, log, first, last)


def write_forecasts(
    context: Context,
    weeks: Sequence[pd.Timestamp],
    began: Callable[[str], None],
    progress: Progress = lambda done, total: None,
) -> Made:
    """Forecast from the end of each week and put that in the place of what stood there, a quarter at a time.

    Raises:
        Busy: another process is running a cycle.
        NothingThere: silver has no box office.
        LogBehind: the log lacks events of these weeks or of earlier ones.
    """
    lake = context.state.lake
    with lock.holding(context.state):
        told, log = Told.read(lake), known_by_week.read(lake)
        over = [week for week in weeks if week + SUNDAY <= told.newest]
        skipped = {} if len(over) == len(weeks) else {"later weeks": _NOT_OVER.format(newest=told.newest.date())}
        if over:
            told.require(log, over[-1])
        done = []
        for quarter in backtest.quarters(log, over, began, progress):
            delta.replace_weeks(lake, FORECASTS, quarter.made, backtest.SCHEMA, quarter.weeks)
            done.append(quarter)
        accuracy = _write_accuracy(context, log)
    skipped |= {quarter.name: quarter.skipped for quarter in done if quarter.skipped}
    return Made(_rows(done, weeks), skipped, accuracy, _forecast(done, log))


def _write_accuracy(context: Context, log: BoxOfficeLog) -> pd.DataFrame:
    """How all weeks of the table fared by what is known now: a later week may bring days that earlier ones forecast."""
    came = backtest.met(backtest.read(context.state.lake), log.panel())
    accuracy = backtest.fared(came, came[WEEK])
    delta.replace(context.state.lake, ACCURACY, accuracy, _ACCURACY)
    return accuracy


def _counted(told: Told, log: BoxOfficeLog, first: pd.Timestamp, last: pd.Timestamp) -> Finding:
    wanted, held = (int(events.loc[first:last].sum()) for events in (told.events, log.events))
    off = [week for week in told.behind(log, last) if week >= first]
    which = f"; they differ in {len(off)} weeks, the first is {off[0].date()}" if off else ""
    return Finding("every event counts", not off, f"{held} events in the log, {wanted} in silver{which}")


def _forecast(done: Sequence[Quarter], log: BoxOfficeLog) -> Finding:
    asked = [week for quarter in done if not quarter.skipped for week in quarter.weeks]
    made = set(_weeks_made(done))
    shown = set(log.days.loc[(log.days[GROSS] > 0) & (log.days[DATE] >= log.days[WEEK]), WEEK])
    empty = [week for week in asked if week in shown and week not in made]
    which = f", {len(empty)} with a box office have no forecast, the first is {empty[0].date()}" if empty else ""
    return Finding("every week is forecast", not empty, f"{len(asked)} weeks{which}")


def _rows(done: Sequence[Quarter], weeks: Sequence[pd.Timestamp]) -> "pd.Series[int]":
    return _weeks_made(done).value_counts().reindex(list(weeks), fill_value=0)


def _weeks_made(done: Sequence[Quarter]) -> "pd.Series[pd.Timestamp]":
    """The week of each row."""
    made = [quarter.made[WEEK] for quarter in done if len(quarter.made)]
    return pd.concat(made) if made else pd.Series(dtype="datetime64[ns]")
