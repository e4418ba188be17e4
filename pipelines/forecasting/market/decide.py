"""The market in the loop, all films and by genre: when to learn anew, what to publish, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from models.base.columns import DATE, FILM, QUANTILES
from models.base.days import day_number
from models.evaluation.metrics import wape
from models.films.genres import ALL, counted
from models.outlook.markets import MADE, SERIES, MarketOutlook, Markets
from models.outlook.openings import LEADS, Openings
from models.tasks.sizes import sizes
from pipelines.lake import delta
from pipelines.lake.box_office import BoxOfficeFolder
from pipelines.lake.film_history import HOME
from pipelines.lake.outbox import Outbox, gathered
from pipelines.platform.errors import Unmeasured
from pipelines.promotion import gate
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import ForecastDay, MarketForecast, derive_id

FAMILY = "market"
_NEW, _NEW_SHARE = 28, 0.05  # days, and of those that are known: so many new ones are worth a fit
_FEWEST = 14  # days that came, below which an error accuses nobody, and a new fit is not measured
BASELINE, MEASURE = "the same weekdays repeated", "error of the log of a day"
_LOOK_BACK = 9 * 365  # days: no evening that is learned asks for the size of an earlier opening
_MET = ("cycle", "decision_id", FILM, SERIES, MADE, DATE, "predicted", "actual", "covered", "repeated", "at")
NOTHING_MET = pd.DataFrame(columns=list(_MET))


def announced(history: BoxOfficeFolder, today: int) -> pd.DataFrame:
    """Openings of the last years and to come, each with the log dollars expected by a model of earlier films only.

    Raises:
        EmptyTraining: too few films have run to tell how large an opening may be.
    """
    recent = history.releases[day_number(history.releases["opens"]) >= today - _LOOK_BACK]
    openings = Openings.of(recent, history.past, today, max(LEADS))
    return openings.films[[FILM, "opens"]].assign(size=sizes(openings.task, openings.films).to_numpy())


def known(
    history: BoxOfficeFolder, openings: pd.DataFrame, genres: list[str] | None = None, until: int | None = None
) -> Markets:
    """The market as the lake tells it, to the evening of `until` (a day number) where that is given.

    Args:
        openings: as `announced` makes them.
    """
    daily = history.daily if until is None else history.daily[day_number(history.daily[DATE]) <= until]
    return Markets.of(daily, history.films, openings, genres)


def reported(history: BoxOfficeFolder, published: pd.DataFrame) -> Markets:
    """The market as far as it has come, by the genres of what was published: what actuals are read from."""
    nothing = pd.DataFrame({FILM: [], "opens": pd.to_datetime([]), "size": []})
    return known(history, nothing, counted(published["genre"]))


def reason_to_fit(standing: MarketOutlook | None, markets: Markets, came: pd.DataFrame) -> str | None:
    """Why the outlook is to be fitted anew; None where what stands is good enough.

    Args:
        came: `met` of what was published before.
    """
    if standing is None:
        return "none serves yet"
    new = markets.last - standing.until
    if new >= max(_NEW, _NEW_SHARE * len(markets.reported)):
        return f"{new} days have come since the last fit"
    recent = came[(came[SERIES] == ALL) & (came[MADE] >= standing.until)]
    if len(recent) < _FEWEST or not new:
        return None
    error, baseline = _errors(recent)
    if error < baseline:
        return None
    return f"drift: WAPE {error:.3f} over {len(recent)} days, that of the same weekdays repeated {baseline:.3f}"


def first_comparison(fitted: MarketOutlook) -> dict[str, Any]:
    """A fit that nothing stands before, beside its baseline, on the evenings that it was asked before learning them."""
    assert fitted.tried is not None, "an outlook just fitted"
    return gate.compare(fitted.tried["own"], fitted.tried["baseline"], BASELINE, MEASURE, better="lower")


def comparison(
    standing: MarketOutlook, asked: Markets, earlier: Callable[[int], Markets], tried: int
) -> dict[str, Any]:
    """A fit on what was known before the later half of the days since the last one, beside what stands, on that half.

    Args:
        asked: the market as it is known now.
        earlier: the same as it was known on the evening of a day (its number).
        tried: the last day of the newest fit, whether it serves or not.

    Raises:
        Unmeasured: too few days have come since the standing fit, or since the newest.
    """
    since, new = asked.last - tried, asked.last - standing.until
    held = max(_FEWEST, new // 2)
    if new <= held or since < _FEWEST:
        raise Unmeasured(
            f"{since} days have come since the newest fit, and {new} since what serves: {_FEWEST} of each are wanted "
            "to measure another on, and some of the latter to learn from"
        )
    cut = asked.last - held
    ours, theirs = (outlook.errors(asked, cut) for outlook in (MarketOutlook.fit(earlier(cut)), standing))
    return gate.compare(ours, theirs, "what serves", MEASURE, better="lower")


def events(made: pd.DataFrame, decision: Mapping[str, Any]) -> list[MarketForecast]:
    """Series, date and quantiles → an event for all films, and one a genre.

    Args:
        decision: cycle, occurred_at, model, model_version, feature_version of all.
    """
    return [_event(str(name), rows, decision) for name, rows in made.groupby(SERIES, sort=True)]


def rows(made: Sequence[MarketForecast]) -> pd.DataFrame:
    """Forecasts → `decisions/market`, a row a genre (None: all films) and day."""
    return pd.DataFrame(
        [
            {**each.model_dump(exclude={"days", "event_id"}), "market_id": each.event_id, **day.model_dump()}
            for each in made
            for day in each.days
        ]
    )


def met(published: pd.DataFrame | None, history: BoxOfficeFolder) -> pd.DataFrame:
    """Days of published forecasts that have come: what was predicted, what came, whether the interval held.

    `made` and `date` are day numbers, `repeated` is the baseline's forecast, and `film_id` what it is about.

    Args:
        published: `decisions/market`.
    """
    if published is None or published.empty:
        return NOTHING_MET
    asked = published.groupby("cycle")["genre"].transform(lambda genres: "|".join(sorted(genres.dropna())))
    parts = [_met(rows, reported(history, rows)) for _, rows in published.groupby(asked)]
    return pd.concat(parts, ignore_index=True)


def _met(published: pd.DataFrame, markets: Markets) -> pd.DataFrame:
    """Forecasts of the same genres beside what came of them."""
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
            FILM: [subject(*each) for each in zip(made["territory"], made[SERIES], strict=True)],
            **{name: made[name] for name in (SERIES, MADE, DATE)},
            "predicted": made["q50"],
            "actual": actual,
            "covered": (actual >= made["q10"]) & (actual <= made["q90"]),
            "repeated": repeated,
            "at": (made[DATE] + 1) * DAY_MS - 1,
        }
    )
    return frame[np.isfinite(actual)].reset_index(drop=True)


def signals(came: pd.DataFrame) -> pd.DataFrame:
    """`met`, as `jobs.feedback` takes it."""
    return came.assign(**{DATE: pd.to_datetime(came[DATE].astype(np.int64), unit="D").dt.date})


def fared(came: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Cycle → of its forecasts: days that came, WAPE beside the baseline's and coverage, of all films and of genres."""
    sums: dict[int, dict[str, Any]] = {}
    for cycle, group in came.groupby("cycle"):
        whole = group[SERIES] == ALL
        sums[int(str(cycle))] = {**_sums(group[whole], ""), **_sums(group[~whole], "genre_"), "came": int(whole.sum())}
    return sums


def subject(territory: str, series: str) -> str:
    """What a forecast is about: `US`, or `US/Comedy`."""
    return territory if series == ALL else f"{territory}/{series}"


def note_of(markets: Markets, made: pd.DataFrame) -> dict[str, Any]:
    """What the ledger keeps of a cycle's forecasts."""
    whole = made[made[SERIES] == ALL]
    return {
        "genres": len(markets.alive) - 1,
        "known_until": str(pd.Timestamp(markets.last, unit="D").date()),
        "total": round(float(whole["q50"].sum())),
    }


def _event(name: str, days: pd.DataFrame, decision: Mapping[str, Any]) -> MarketForecast:
    told = tuple(
        ForecastDay(date=row[DATE].date(), **{quantile: row[quantile] for quantile in QUANTILES})
        for row in delta.records(days.sort_values(DATE)[[DATE, *QUANTILES]])
    )
    genre = None if name == ALL else name
    identity = derive_id("market", HOME, name, decision["cycle"], decision["occurred_at"])
    return MarketForecast(event_id=identity, territory=HOME, genre=genre, days=told, **decision)


def _sums(came: pd.DataFrame, of: str) -> dict[str, float]:
    if came.empty or not came["actual"].sum():
        return {}
    error, baseline = _errors(came)
    return {f"{of}wape": error, f"{of}baseline_wape": baseline, f"{of}cover80": float(came["covered"].mean())}


def _errors(came: pd.DataFrame) -> tuple[float, float]:
    """WAPE of what was published, and of the baseline."""
    actual, made, repeated = (came[name].to_numpy(dtype=np.float64) for name in ("actual", "predicted", "repeated"))
    return wape(actual, made), wape(actual, repeated)


def _written(rows: pd.DataFrame) -> list[MarketForecast]:
    """The inverse of `rows`, all films first."""
    ordered = rows.sort_values(["genre", "market_id", DATE], na_position="first")
    return gathered(MarketForecast, ordered, "market_id", "days", ForecastDay)


OUTBOX = Outbox(decisions.MARKET, rows, _written)
