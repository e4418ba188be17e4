"""Makes the weeks of the box office's history, and the forecasts from the end of each: outside of any cycle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from jobs.features import main as features
from jobs.features.film_day_week import Weeks
from models.base.columns import DATE, GROSS
from pipelines.forecasting.backtest import decide, known_by_week
from pipelines.forecasting.backtest.decide import FORECASTS, Progress, Quarter
from pipelines.forecasting.backtest.known_by_week import WEEK, BoxOfficeLog, EventCounts
from pipelines.forecasting.backtest.observe import write_accuracy
from pipelines.lake import delta
from pipelines.lake.expectations import Finding
from pipelines.platform import lock, settings
from pipelines.platform.context import Context
from pipelines.platform.weeks import SUNDAY

_NOT_OVER = "the week is not over: the newest box office is of {newest}"


@dataclass(frozen=True)
class WeeklyForecasts:
    """What was written for the weeks asked for."""

    rows: "pd.Series[int]"  # of `history/forecasts`, by week; 0 where a week was skipped
    skipped: dict[str, str]  # quarter, or weeks that are not over → why
    accuracy: pd.DataFrame  # a row a week of the whole table: week, films, days, wape, baseline_wape, cover80
    finding: Finding  # whether every week with a box office was forecast, or skipped with a reason


def write_log(context: Context, weeks: Sequence[pd.Timestamp]) -> tuple["pd.Series[int]", Finding]:
    """Make the weeks from the first to the last of `weeks` of `features/film_day_week` anew, by Spark.

    Returns:
        The rows of each week, and whether they hold every event that silver holds of these weeks.

    Raises:
        Busy: another process is running a cycle.
        NothingThere: silver has no box office.
    """
    with lock.holding(context.state):
        counts = EventCounts.read(context.state.lake)
        span = Weeks(weeks[0].date(), weeks[-1].date(), settings.history_from())
        features.write_weeks(context.spark, context.lake, span)
        log = known_by_week.read(context.state.lake)
    rows = pd.concat([log.days[WEEK], log.genres[WEEK]]).value_counts().reindex(list(weeks), fill_value=0)
    return rows, _every_event_counts(counts, log, weeks[0], weeks[-1])


def write_forecasts(
    context: Context,
    weeks: Sequence[pd.Timestamp],
    began: Callable[[str], None],
    progress: Progress = lambda done, total: None,
) -> WeeklyForecasts:
    """Forecast from the end of each week and replace the week's earlier forecasts, a quarter at a time.

    Raises:
        Busy: another process is running a cycle.
        NothingThere: silver has no box office.
        LogBehind: the log lacks events of these weeks or of earlier ones.
    """
    lake = context.state.lake
    with lock.holding(context.state):
        counts, log = EventCounts.read(lake), known_by_week.read(lake)
        over = [week for week in weeks if week + SUNDAY <= counts.newest]
        skipped = {} if len(over) == len(weeks) else {"later weeks": _NOT_OVER.format(newest=counts.newest.date())}
        if over:
            counts.require(log, over[-1])
        done = []
        for quarter in decide.quarters(log, over, began, progress):
            delta.overwrite_weeks(lake, FORECASTS, quarter.made, decide.SCHEMA, quarter.weeks)
            done.append(quarter)
        accuracy = write_accuracy(context, log)
    skipped |= {quarter.name: quarter.skipped for quarter in done if quarter.skipped}
    made = [quarter.made[WEEK] for quarter in done if len(quarter.made)]
    week_of_row = pd.concat(made) if made else pd.Series(dtype="datetime64[ns]")
    rows = week_of_row.value_counts().reindex(list(weeks), fill_value=0)
    return WeeklyForecasts(rows, skipped, accuracy, _every_week_is_forecast(done, log, set(week_of_row)))


def _every_event_counts(counts: EventCounts, log: BoxOfficeLog, first: pd.Timestamp, last: pd.Timestamp) -> Finding:
    wanted, held = (int(events.loc[first:last].sum()) for events in (counts.events, log.events))
    off = [week for week in counts.behind(log, last) if week >= first]
    which = f"; they differ in {len(off)} weeks, the first is {off[0].date()}" if off else ""
    return Finding("every event counts", not off, f"{held} events in the log, {wanted} in silver{which}")


def _every_week_is_forecast(done: Sequence[Quarter], log: BoxOfficeLog, made: set[pd.Timestamp]) -> Finding:
    asked = [week for quarter in done if not quarter.skipped for week in quarter.weeks]
    shown = set(log.days.loc[(log.days[GROSS] > 0) & (log.days[DATE] >= log.days[WEEK]), WEEK])
    empty = [week for week in asked if week in shown and week not in made]
    which = f", {len(empty)} with a box office have no forecast, the first is {empty[0].date()}" if empty else ""
    return Finding("every week is forecast", not empty, f"{len(asked)} weeks{which}")
