"""Decisions: slates and forecasts, as events and as rows of their outboxes in the lake."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from pipelines import set_aside
from pipelines.outbox import Outbox, gathered
from pipelines.policy import Choice, explore, uniform
from streaming.events import Forecast, ForecastDay, Slate, SlateItem, derive_id

SLATE_SIZE = 10


def slates(
    ranked: Mapping[str, Sequence[tuple[str, float]]],
    pool: Sequence[str],
    seen: Mapping[str, frozenset[str]],
    decision: Mapping[str, Any],
) -> tuple[list[Slate], dict[str, str]]:
    """A slate for each viewer; and the viewers for whom there can be none, and why.

    Args:
        ranked: viewer → films with scores, best first; empty while no model serves.
        pool: all films that may be shown.
        seen: viewer → films not to show again.
        decision: cycle, occurred_at, policy, model, model_version, feature_version of all slates.
    """
    return set_aside.each(
        ranked,
        lambda viewer: viewer,
        lambda viewer: _slate(viewer, ranked[viewer], pool, seen.get(viewer, frozenset()), decision),
    )


def _slate(
    viewer: str,
    ranked: Sequence[tuple[str, float]],
    pool: Sequence[str],
    seen: frozenset[str],
    decision: Mapping[str, Any],
) -> Slate:
    scores = dict(ranked)
    taken = seen.union(scores)
    others = [film for film in pool if film not in taken]
    rng = _chance(viewer, decision["cycle"])
    choices = explore(list(scores), others, rng) if scores else uniform(others, SLATE_SIZE, rng)
    items = tuple(_item(choice, scores, decision["model"]) for choice in choices)
    identity = derive_id("slate", viewer, decision["cycle"], *(choice.film_id for choice in choices))
    return Slate(event_id=identity, viewer_id=viewer, items=items, **decision)


def _item(choice: Choice, scores: Mapping[str, float], model: str | None) -> SlateItem:
    score = scores.get(choice.film_id)
    if model is None:
        reason = "no model serves yet: all films are equal"
    elif choice.explored:
        reason = "explored: shown to learn whether it is liked"
    else:
        reason = f"ranked by {model}"
    return SlateItem(
        film_id=choice.film_id,
        position=choice.position,
        propensity=choice.propensity,
        score=score,
        reason=reason,
    )


def _chance(viewer: str, cycle: int) -> np.random.Generator:
    """A generator of its own for each viewer and cycle: a repeated cycle draws the same slates."""
    return np.random.default_rng(int(derive_id("policy", viewer, cycle), 16))


def forecasts(frame: pd.DataFrame, decision: Mapping[str, Any]) -> list[Forecast]:
    """`columns.FORECASTS` → an event a film."""
    return [_forecast(str(film), rows, decision) for film, rows in frame.groupby("film_id", sort=True)]


def _forecast(film: str, rows: pd.DataFrame, decision: Mapping[str, Any]) -> Forecast:
    days = tuple(
        ForecastDay(date=pd.Timestamp(row["date"]).date(), q10=row["q10"], q50=row["q50"], q90=row["q90"])
        for row in rows.to_dict("records")
    )
    identity = derive_id("forecast", film, decision["cycle"], decision["occurred_at"])
    return Forecast(event_id=identity, film_id=film, days=days, **decision)


def slate_rows(made: Iterable[Slate]) -> pd.DataFrame:
    """Slates → `decisions/recommendations`, a row a slate and film."""
    rows = [
        {**slate.model_dump(exclude={"items", "event_id"}), "slate_id": slate.event_id, **item.model_dump()}
        for slate in made
        for item in slate.items
    ]
    return pd.DataFrame(rows)


def forecast_rows(made: Iterable[Forecast]) -> pd.DataFrame:
    """Forecasts → `decisions/forecasts`, a row a film and day."""
    rows = [
        {
            **forecast.model_dump(exclude={"days", "event_id"}),
            "forecast_id": forecast.event_id,
            **day.model_dump(),
        }
        for forecast in made
        for day in forecast.days
    ]
    return pd.DataFrame(rows)


def _written_slates(rows: pd.DataFrame) -> list[Slate]:
    """The inverse of `slate_rows`, by viewer."""
    ordered = rows.sort_values(["viewer_id", "slate_id", "position"])
    return gathered(Slate, ordered, "slate_id", "items", SlateItem)


def _written_forecasts(rows: pd.DataFrame) -> list[Forecast]:
    """The inverse of `forecast_rows`, by film."""
    ordered = rows.sort_values(["film_id", "forecast_id", "date"])
    return gathered(Forecast, ordered, "forecast_id", "days", ForecastDay)


SLATES = Outbox(decisions.RECOMMENDATIONS, slate_rows, _written_slates)
FORECASTS = Outbox(decisions.FORECASTS, forecast_rows, _written_forecasts)
