"""What a forecaster needs to learn, and how far ahead it can then be asked."""

from collections.abc import Sequence

from models.base.errors import EmptyTraining, HorizonTooFar
from models.forecasters.runs import WEEK, DailyRuns


def require_days(runs: DailyRuns, wanted: int) -> None:
    """Refuse a panel that is too short.

    Raises:
        EmptyTraining: the panel spans fewer than `wanted` days.
    """
    if runs.span < wanted:
        raise EmptyTraining(
            f"the panel spans {runs.span} days with {len(runs.films)} films, {wanted} days are wanted: "
            f"ingest more of the box office"
        )


def require_every_week(days: Sequence[int]) -> None:
    """Refuse a training that saw no day in one of the weeks ahead.

    Args:
        days: how many days were seen in each week ahead, from the first.

    Raises:
        EmptyTraining: one of them is 0.
    """
    if 0 in days:
        week = list(days).index(0) + 1
        raise EmptyTraining(
            f"no film is reported {WEEK * (week - 1) + 1} to {WEEK * week} days after a day to learn from: "
            f"ingest longer runs"
        )


def require_horizon(asked: int, learned: int) -> None:
    """Refuse a forecast further ahead than was learned.

    Raises:
        HorizonTooFar: `asked` exceeds `learned`, both in days.
    """
    if asked > learned:
        raise HorizonTooFar(f"{asked} days ahead were asked for, {learned} were learned: fit with horizon={asked}")
