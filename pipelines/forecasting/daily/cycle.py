"""Train and optimise the forecaster on the features of the cycle."""

from functools import partial
from typing import Any

import pandas as pd

from jobs.features.film_day import film_day
from jobs.features.main import read_silver
from models.base import columns
from models.base.errors import EmptyTraining
from models.forecasters import load_forecaster
from models.forecasters.protocol import Forecaster
from pipelines.forecasting.daily import train as training_forecaster
from pipelines.forecasting.daily.train import BASELINE, ForecasterCandidate
from pipelines.lake import frames
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.promotion import gate, promote

FAMILY = "forecaster"


def served(context: Context) -> tuple[Version, Forecaster] | None:
    """The version that serves, loaded."""
    return context.registry.loaded(FAMILY, load_forecaster)


def last_day(context: Context) -> pd.Timestamp:
    """The newest day of the box office in `features/film_day`.

    Raises:
        EmptyTraining: there is none.
    """
    newest = context.lake.read(context.spark, "features/film_day").agg({"date": "max"}).collect()[0][0]
    if newest is None:
        raise EmptyTraining("no film has taken anything yet: send box-office events")
    return pd.Timestamp(newest)


def panel_now(context: Context) -> pd.DataFrame:
    """The panel of this cycle's features, without films of which absurd numbers are told."""
    return _believed(frames.panel(context.lake.read(context.spark, "features/film_day")), aside={})


def _believed(panel: pd.DataFrame, aside: dict[str, str]) -> pd.DataFrame:
    """The panel without such films, which `aside` takes, with the reasons."""
    found = set_aside.absurd(panel[[columns.GROSS, "screens"]], panel[columns.FILM])
    aside.update(found)
    return panel[~panel[columns.FILM].isin(found)].reset_index(drop=True)


def train(context: Context, number: int) -> dict[str, Any]:
    """Train, measure and register this cycle's candidate, and note its numbers; where nothing can be learned, why.

    A repeated cycle has the candidate that it made, with its numbers.
    """
    aside: dict[str, str] = {}
    try:
        note = promote.candidate(context.registry.made(FAMILY, number) or _trained(context, number, aside))
    except EmptyTraining as error:
        note = {"trained": False, "reason": str(error)}
    context.ledger.note(number, forecaster=note)
    set_aside.note(context.ledger, number, "forecasts", aside)
    return note


def _trained(context: Context, number: int, aside: dict[str, str]) -> Version:
    """
    Raises:
        EmptyTraining: the panel is too short, or no film was in release at the cut.
    """
    standing = context.registry.loaded(FAMILY, load_forecaster, before=number)
    last = last_day(context)
    panel = partial(_panel, context, last, aside)
    return _registered(context, number, training_forecaster.train(panel, last, standing[1] if standing else None))


def _panel(context: Context, last: pd.Timestamp, aside: dict[str, str], until: pd.Timestamp) -> pd.DataFrame:
    """The panel as it was known at the end of a day; at the end of the last, that is this cycle's feature table."""
    if until >= last:
        return _believed(frames.panel(context.lake.read(context.spark, "features/film_day")), aside)
    as_of = int((until.normalize() + pd.Timedelta(days=1)).timestamp() * 1000)
    silver = read_silver(context.spark, context.lake)
    return _believed(frames.panel(film_day(silver["boxoffice"], silver["films"], as_of)), aside)


def _registered(context: Context, number: int, candidate: ForecasterCandidate) -> Version:
    numbers = {
        "wape": candidate.test.wape,
        "baseline_wape": candidate.baseline.wape,
        "cover80": candidate.test.cover80,
    }
    lineage = {
        "trained_until": str(candidate.origin.date()),
        "features_film_day": context.ledger.read(number)["features"]["film_day"],
    }
    against, other = ("what serves", candidate.serving) if candidate.serving else (BASELINE, candidate.baseline)
    comparison = gate.compare(candidate.test.errors(), other.errors(), against, "absolute error a film", better="lower")
    model, note = candidate.model, {**numbers, **lineage, "comparison": comparison}
    return context.registry.register(FAMILY, model.name, number, model.save, note, **numbers, **lineage)
