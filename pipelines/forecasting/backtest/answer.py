"""What the verb `backtest` asks: the daily forecaster's errors had it run in the past, by quarter and by week."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipelines.forecasting.backtest import cycle, known_by_week
from pipelines.forecasting.backtest.decide import Progress, read
from pipelines.forecasting.backtest.known_by_week import EVENTS, WEEK, BoxOfficeLog, EventCounts
from pipelines.forecasting.backtest.observe import accuracy_by, join_actuals
from pipelines.forecasting.daily.train import BASELINE, CHOSEN, HORIZON
from pipelines.lake import delta
from pipelines.platform import lock, settings
from pipelines.platform.context import Context
from pipelines.platform.errors import BadPeriod
from pipelines.platform.weeks import whole_weeks


@dataclass(frozen=True)
class BacktestAnswer:
    """Errors by quarter and by week, rates 0–1; and why quarters have none."""

    facts: dict[str, Any]
    quarters: list[dict[str, Any]]  # quarter, weeks, films, days, wape, baseline_wape, cover80
    weeks: list[dict[str, Any]]  # week, films, days, wape, baseline_wape, cover80
    skipped: dict[str, str]  # quarter → why nothing was forecast


def backtest(
    context: Context,
    first: pd.Timestamp,
    last: pd.Timestamp | None,
    anew: bool,
    began: Callable[[str], None],
    progress: Progress,
) -> BacktestAnswer:
    """Make what is missing of the whole weeks from `first` to `last` (the newest day by default), and measure them.

    A week stands as long as silver holds no event of it, or of earlier weeks, that it did not know.

    Args:
        anew: make the forecasts of all these weeks, whether they stand or not.
        began: called with the name of each step as it begins.
        progress: called with how many weeks of the step are done, of how many.

    Raises:
        NothingThere: the state has no box office.
        BadPeriod: the days are not there, or hold no whole week.
        Busy: another process is at work in the state.
    """
    counts = EventCounts.read(context.state.lake)
    weeks = _asked(counts, first, counts.newest if last is None else last)
    with lock.holding(context.state):
        log = _log(context, counts, began)
        wanted = weeks if anew else _missing(context, log, weeks)
        done = cycle.write_forecasts(context, wanted, began, progress)
    return _answer(context, log, weeks, len(wanted), done.skipped)


def _asked(counts: EventCounts, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    begins = pd.Timestamp(settings.history_from())
    if last < first:
        raise BadPeriod(f"--from {first.date()} is later than --to {last.date()}: give the earlier day first")
    if last > counts.newest:
        raise BadPeriod(
            f"--to {last.date()} is beyond the newest box office, of {counts.newest.date()}: give that day, or one "
            "before"
        )
    if first < begins:
        raise BadPeriod(
            f"--from {first.date()} is before {begins.date()}, where the history begins: give that day or a later one, "
            f"or set CINELOOP_HISTORY_FROM"
        )
    weeks = whole_weeks(first, last)
    if not weeks:
        raise BadPeriod(f"no week from Monday to Sunday lies from {first.date()} to {last.date()}: give a longer time")
    return weeks


def _log(context: Context, counts: EventCounts, began: Callable[[str], None]) -> BoxOfficeLog:
    """The log of all weeks, also of those after the ones asked for: they hold the actuals."""
    log = known_by_week.read(context.state.lake)
    behind = counts.behind(log)
    if not behind:
        return log
    began(f"the events of {len(behind)} weeks")
    cycle.write_log(context, behind)
    return known_by_week.read(context.state.lake)


def _missing(context: Context, log: BoxOfficeLog, weeks: list[pd.Timestamp]) -> list[pd.Timestamp]:
    """The weeks without forecasts, or with forecasts that lacked events which are known of their time now."""
    made = read(context.state.lake, weeks)
    knew = made[EVENTS].groupby(pd.to_datetime(made[WEEK])).first()
    return [week for week in weeks if knew.get(week) != log.known(week)]


def _answer(
    context: Context, log: BoxOfficeLog, weeks: list[pd.Timestamp], made: int, skipped: dict[str, str]
) -> BacktestAnswer:
    outcomes = join_actuals(read(context.state.lake, weeks), log.panel())
    by_week = accuracy_by(outcomes, outcomes[WEEK])
    quarter = outcomes[WEEK].dt.to_period("Q").astype(str).rename("quarter")
    by_quarter = accuracy_by(outcomes, quarter)
    by_quarter.insert(1, "weeks", by_quarter["quarter"].map(outcomes.groupby(quarter)[WEEK].nunique()))
    facts = {
        **{"model": CHOSEN, "baseline": BASELINE, "days_ahead": HORIZON},
        **{"from": str(weeks[0].date()), "to": str(weeks[-1].date()), "weeks": len(weeks), "made": made},
    }
    dated = by_week.assign(week=by_week[WEEK].dt.date.astype(str))
    return BacktestAnswer(facts, delta.records(by_quarter), delta.records(dated), skipped)
