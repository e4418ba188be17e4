"""What the verb `forecast` asks of a film in release: its newest forecast, and what moves it."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base import columns
from models.forecasters import load_forecaster
from pipelines.lake import delta, frames
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere, SeveralThere
from pipelines.platform.film_lookup import films_named, some_films

_A_DOLLAR, _SINCE = 1.0, "what was told since it was made"


@dataclass(frozen=True)
class ForecastAnswer:
    """The newest forecast of a film: its facts, a row a day, and dollars that sum to the median of all days."""

    facts: dict[str, Any]
    days: list[dict[str, Any]]
    reasons: list[dict[str, Any]]  # feature, contribution; strongest first


def forecast(context: Context, film: str) -> ForecastAnswer:
    """The newest forecast of a film, by film_id or a part of its title.

    Raises:
        NothingThere: no film with a forecast is called so.
        SeveralThere: more than one is.
    """
    titles = delta.film_titles(context.state.lake)
    made = delta.read(
        context.state.lake, decisions.FORECASTS, where=pc.field("film_id").isin(films_named(titles, film))
    )
    if made is None or made.empty:
        raise NothingThere(f"no film in release is called {film!r}: `cineloop follow decisions.forecasts` shows all")
    found = films_named({name: titles.get(name, "?") for name in made["film_id"].unique()}, film)
    if len(found) > 1:
        some = some_films(titles, sorted(found))
        raise SeveralThere(
            f"{len(found)} films in release are called {film!r}, such as {some}: name one by its film_id"
        )
    own = made[made["film_id"] == found[0]]
    rows = own[own["cycle"] == own["cycle"].max()].sort_values("date")
    first = rows.iloc[0]
    facts = {name: first[name] for name in ("film_id", "forecast_id", "cycle", "model", "model_version")}
    days = delta.records(rows[["date", *columns.QUANTILES]].astype({"date": str}))
    facts["title"] = titles[first["film_id"]]
    facts["total_q50"] = float(rows["q50"].sum())
    return ForecastAnswer(
        {name: delta.plain(value) for name, value in facts.items()}, days, _contributions(context, rows)
    )


def _contributions(context: Context, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Dollars that sum to the medians, by the model that made the forecast, from the day on which it was made.

    Days that were reported or corrected since would change the medians: the difference has a row of its own.
    """
    days = delta.read(context.state.lake, "features/film_day")
    if days is None:
        return []
    family, number = rows["model_version"].iloc[0].split("/")
    model = context.registry.load(context.registry.version(family, int(number)), load_forecaster)
    made_on = pd.Timestamp(rows["date"].min()) - pd.Timedelta(days=1)
    parts = delta.records(model.explain(frames.as_panel(days), made_on, rows["film_id"].iloc[0]))
    left = float(rows["q50"].sum()) - sum(row["contribution"] for row in parts)
    return parts if abs(left) < _A_DOLLAR else [*parts, {"feature": _SINCE, "contribution": left}]
