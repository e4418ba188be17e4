"""The forecasts of a cycle for films in release: a candidate is trained, and what serves forecasts every film."""

from functools import partial
from typing import Any

import pandas as pd

from jobs.features.film_day import film_day
from jobs.features.main import read_silver
from models.base import columns
from models.base.errors import EmptyTraining
from models.forecasters import load_forecaster
from pipelines.forecasting.daily import decide
from pipelines.forecasting.daily.train import FAMILY, Candidate, fit_and_measure
from pipelines.lake import frames, outbox
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.promotion import promote
from streaming.schema.events import Forecast


def train(context: Context, number: int) -> dict[str, Any]:
    """Train, measure and register this cycle's candidate, and note its numbers, or why there is none."""
    aside: dict[str, str] = {}
    note = promote.candidate_of(context, number, FAMILY, partial(_trained, context, number, aside))
    set_aside.note(context.ledger, number, "forecasts", aside)
    return note


def publish(context: Context, number: int) -> list[Forecast]:
    """Make, write and send this cycle's forecasts, or send those that it had written; none while no model serves."""
    made = outbox.publish(context, number, decide.OUTBOX, partial(_made, context, number))
    context.ledger.note(number, forecasts=len(made))
    return made


def _trained(context: Context, number: int, aside: dict[str, str]) -> Version:
    """
    Raises:
        EmptyTraining: the panel is too short, or no film was in release four weeks before its end.
    """
    standing = context.registry.loaded(FAMILY, load_forecaster, before=number)
    last = _last_day(context)
    panel = partial(_panel, context, last, aside)
    return _registered(context, number, fit_and_measure(panel, last, standing[1] if standing else None))


def _registered(context: Context, number: int, candidate: Candidate) -> Version:
    numbers = {
        "wape": candidate.test.wape,
        "baseline_wape": candidate.baseline.wape,
        "cover80": candidate.test.cover80,
    }
    lineage = {
        "trained_until": str(candidate.origin.date()),
        "features_film_day": context.ledger.read(number)["features"]["film_day"],
    }
    model, note = candidate.model, {**numbers, **lineage, "comparison": candidate.comparison()}
    return context.registry.register(FAMILY, model.name, number, model.save, note, **numbers, **lineage)


def _made(context: Context, number: int) -> list[Forecast]:
    record, served = context.ledger.read(number), context.registry.loaded(FAMILY, load_forecaster)
    if served is None:
        return []
    version, model = served
    last = _last_day(context)
    made = model.forecast(_panel(context, last, {}, last), last)
    return decide.events(made, outbox.decided_by(record, version, record["features"]["film_day"]))


def _last_day(context: Context) -> pd.Timestamp:
    """The newest day of the box office in `features/film_day`.

    Raises:
        EmptyTraining: there is none.
    """
    newest = context.lake.read(context.spark, "features/film_day").agg({"date": "max"}).collect()[0][0]
    if newest is None:
        raise EmptyTraining("no film has taken anything yet: send box-office events")
    return pd.Timestamp(newest)


def _panel(context: Context, last: pd.Timestamp, aside: dict[str, str], until: pd.Timestamp) -> pd.DataFrame:
    """The panel as it was known at the end of a day, without films of which absurd numbers are told: `aside` has them.

    At the end of the last day, that is this cycle's feature table.
    """
    if until >= last:
        days = context.lake.read(context.spark, "features/film_day")
    else:
        as_of = int((until.normalize() + pd.Timedelta(days=1)).timestamp() * 1000)
        silver = read_silver(context.spark, context.lake)
        days = film_day(silver["boxoffice"], silver["films"], as_of)
    panel = frames.panel(days)
    found = set_aside.absurd(panel[[columns.GROSS, "screens"]], panel[columns.FILM])
    aside.update(found)
    return panel[~panel[columns.FILM].isin(found)].reset_index(drop=True)
