"""The outcomes of published market forecasts: what was taken on the days that were forecast."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from models.base.columns import DATE, FILM
from models.base.days import day_number
from models.films.genres import ALL, counted
from models.outlook.markets import MADE, SERIES, Markets
from pipelines.forecasting.market.train import market_of, wapes
from pipelines.lake import outbox
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.platform.context import Context
from streaming.schema.bounds import DAY_MS

NO_OUTCOMES = pd.DataFrame(
    columns=["cycle", "decision_id", FILM, SERIES, MADE, DATE, "predicted", "actual", "covered", "repeated", "at"]
)


def observed(context: Context, number: int, history: Callable[[], BoxOfficeHistory]) -> pd.DataFrame:
    """Outcomes of the forecasts of earlier cycles, as `join_actuals` returns them."""
    published = outbox.awaited(context, decisions.MARKET, number)
    return NO_OUTCOMES if published is None else join_actuals(published, history())


def join_actuals(published: pd.DataFrame | None, history: BoxOfficeHistory) -> pd.DataFrame:
    """Days of `decisions/market` with actuals: what was predicted, what was taken, whether the interval held.

    `made` and `date` are day numbers, `repeated` is the baseline's forecast, and `film_id` what it is about.
    """
    if published is None or published.empty:
        return NO_OUTCOMES
    asked = published.groupby("cycle")["genre"].transform(lambda genres: "|".join(sorted(genres.dropna())))
    parts = [_joined(rows, actual_market(history, rows)) for _, rows in published.groupby(asked)]
    return pd.concat(parts, ignore_index=True)


def actual_market(history: BoxOfficeHistory, published: pd.DataFrame) -> Markets:
    """The market as far as it is reported, by the genres of what was published."""
    no_openings = pd.DataFrame({FILM: [], "opens": pd.to_datetime([]), "size": []})
    return market_of(history, no_openings, counted(published["genre"]))


def signals(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Outcomes as rows of `jobs.feedback.ACTUALS`."""
    return outcomes.assign(**{DATE: pd.to_datetime(outcomes[DATE].astype(np.int64), unit="D").dt.date})


def accuracy_by_cycle(outcomes: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Cycle → days with actuals, and WAPE, the baseline's and coverage, of all films and of genres."""
    sums: dict[int, dict[str, Any]] = {}
    for cycle, group in outcomes.groupby("cycle"):
        whole = group[SERIES] == ALL
        of_all, of_genres = _accuracy(group[whole], ""), _accuracy(group[~whole], "genre_")
        sums[int(str(cycle))] = {**of_all, **of_genres, "came": int(whole.sum())}
    return sums


def _joined(published: pd.DataFrame, markets: Markets) -> pd.DataFrame:
    """Forecasts of the same genres beside their actuals."""
    made = published.reset_index(drop=True)
    made[SERIES], made[DATE] = made["genre"].fillna(ALL), day_number(pd.to_datetime(made[DATE]))
    made[MADE] = made.groupby("market_id")[DATE].transform("min") - 1
    actual, repeated = np.full(len(made), np.nan), np.full(len(made), np.nan)
    for name, group in made.groupby(SERIES):
        if name in markets.markets:
            origin, day = group[MADE].to_numpy(), group[DATE].to_numpy()
            actual[group.index] = markets.actual(str(name), day)
            repeated[group.index] = markets.repeated(str(name), origin, day)
    frame = pd.DataFrame(
        {
            "cycle": made["cycle"].astype(int),
            "decision_id": made["market_id"],
            FILM: [_subject(*each) for each in zip(made["territory"], made[SERIES], strict=True)],
            **{name: made[name] for name in (SERIES, MADE, DATE)},
            "predicted": made["q50"],
            "actual": actual,
            "covered": (actual >= made["q10"]) & (actual <= made["q90"]),
            "repeated": repeated,
            "at": (made[DATE] + 1) * DAY_MS - 1,
        }
    )
    return pd.DataFrame(frame[np.isfinite(actual)]).reset_index(drop=True)


def _subject(territory: str, series: str) -> str:
    """What a forecast is about: `US`, or `US/Comedy`."""
    return territory if series == ALL else f"{territory}/{series}"


def _accuracy(outcomes: pd.DataFrame, of: str) -> dict[str, float]:
    if outcomes.empty or not outcomes["actual"].sum():
        return {}
    error, baseline = wapes(outcomes)
    return {f"{of}wape": error, f"{of}baseline_wape": baseline, f"{of}cover80": float(outcomes["covered"].mean())}
