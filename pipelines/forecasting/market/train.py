"""When the market's outlook is fitted anew, and how a new fit is compared with what serves."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from models.base.columns import DATE, FILM
from models.base.days import day_number
from models.evaluation.metrics import wape
from models.films.genres import ALL
from models.outlook.markets import MADE, SERIES, MarketOutlook, Markets
from models.outlook.openings import LEADS, Openings
from models.tasks.totals import sizes
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.platform.context import Context
from pipelines.platform.errors import Unmeasured
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote

FAMILY, MEMBER = "market", "stack"
_BASELINE, _MEASURE = "the same weekdays repeated", "error of the log of a day"
_NEW, _NEW_SHARE = 28, 0.05  # days, and of those that are known: so many new ones are worth a fit
_FEWEST = 14  # days with actuals, below which an error is no sign of drift, and a new fit is not measured
_LOOK_BACK = 9 * 365  # days: no evening that is learned asks for the size of an earlier opening


def announced(history: BoxOfficeHistory, today: int) -> pd.DataFrame:
    """Openings of the last years and to come, each with the log dollars expected by a model of earlier films only.

    Raises:
        EmptyTraining: too few films have run to tell how large an opening may be.
    """
    recent = history.releases[day_number(history.releases["opens"]) >= today - _LOOK_BACK]
    openings = Openings.of(recent, history.past, today, max(LEADS))
    return openings.films[[FILM, "opens"]].assign(size=sizes(openings.task, openings.films).to_numpy())


def market_of(
    history: BoxOfficeHistory, openings: pd.DataFrame, genres: list[str] | None = None, until: int | None = None
) -> Markets:
    """The market as the lake has it, to the evening of `until` (a day number) where that is given.

    Args:
        openings: as `announced` returns them.
    """
    daily = history.daily if until is None else history.daily[day_number(history.daily[DATE]) <= until]
    return Markets.of(daily, history.films, openings, genres)


def reason_to_fit(standing: MarketOutlook | None, markets: Markets, outcomes: pd.DataFrame) -> str | None:
    """Why the outlook is to be fitted anew; None where what serves is good enough.

    Args:
        outcomes: of what was published before, as `observe.join_actuals` returns them.
    """
    if standing is None:
        return "none serves yet"
    new = markets.last - standing.until
    if new >= max(_NEW, _NEW_SHARE * len(markets.reported)):
        return f"{new} days have come since the last fit"
    recent = outcomes[(outcomes[SERIES] == ALL) & (outcomes[MADE] >= standing.until)]
    if len(recent) < _FEWEST or not new:
        return None
    error, baseline = wapes(recent)
    if error < baseline:
        return None
    return f"drift: WAPE {error:.3f} over {len(recent)} days, that of the same weekdays repeated {baseline:.3f}"


def fit(
    context: Context, number: int, standing: MarketOutlook | None, market: Callable[..., Markets], why: str
) -> Version:
    """Fit on all days, and register the fit with its comparison.

    Args:
        market: genres and `until` → as `market_of`.

    Raises:
        EmptyTraining: there is too little to learn from.
        Unmeasured: too few days have come since the last fit to measure another.
    """
    newest = promote.newest(context.registry, FAMILY, number)
    compared = None
    if standing:
        compared = _beside_standing(standing, market, int(newest.tags["until"]) if newest else 0)
    fitted = MarketOutlook.fit(market(None))
    note = {"why": why, "comparison": compared or gate.beside_baseline(fitted.tried, _BASELINE, _MEASURE)}
    return context.registry.register(FAMILY, MEMBER, number, fitted.save, note, until=fitted.until)


def _beside_standing(standing: MarketOutlook, market: Callable[..., Markets], tried: int) -> dict[str, Any]:
    """The recipe fitted without the later half of the days since the last fit, beside what serves, on that half.

    Args:
        tried: the last day of the newest fit, whether it serves or not.

    Raises:
        Unmeasured: too few days have come since the standing fit, or since the newest.
    """
    asked = market(standing.genres)
    since, new = asked.last - tried, asked.last - standing.until
    held = max(_FEWEST, new // 2)
    if new <= held or since < _FEWEST:
        raise Unmeasured(
            f"{since} days came since the newest fit, and {new} since what serves: a new fit waits for {_FEWEST} days "
            "of each to be measured on, and for more of the latter to learn from"
        )
    cut = asked.last - held
    recipe = MarketOutlook.fit(market(standing.genres, until=cut))
    return gate.compare(recipe.errors(asked, cut), standing.errors(asked, cut), "what serves", _MEASURE, better="lower")


def wapes(outcomes: pd.DataFrame) -> tuple[float, float]:
    """WAPE of what was published, and of the baseline."""
    actual, predicted, repeated = (
        outcomes[name].to_numpy(dtype=np.float64) for name in ("actual", "predicted", "repeated")
    )
    return wape(actual, predicted), wape(actual, repeated)
