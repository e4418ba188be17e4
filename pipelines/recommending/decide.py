"""A cycle's slates: one for every viewer, from what serves, onto their topic."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from models.base import columns
from models.recommenders.variety import Variety
from pipelines.lake import frames, outbox
from pipelines.platform import set_aside, settings
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.recommending import cycle as recommend
from pipelines.recommending import guard_rails, policy
from pipelines.recommending import slates as publish
from pipelines.recommending.cycle import Arm, Catalogue
from pipelines.recommending.guard_rails import Kept, Rails
from streaming.schema.events import Slate

_NO_MODEL: dict[str, Any] = {"model": None, "model_version": None}


def slates(context: Context, number: int) -> list[Slate]:
    """Make, write and send this cycle's slates; without a model, uniformly random ones.

    A cycle that goes on after it was killed sends those that it had written: somebody may have seen them.
    """
    made = outbox.publish(context, number, publish.SLATES, partial(_slates, context, number))
    context.ledger.note(number, slates=len(made))
    return made


def _slates(context: Context, number: int) -> list[Slate]:
    record = context.ledger.read(number)
    history = frames.interactions(context.lake.read(context.spark, "features/interaction_sequence"))
    catalogue, arms = recommend.catalogue(context), recommend.arms(context, number, _viewers(context))
    kept = _kept(arms, history, catalogue)
    context.ledger.note(number, rails=kept.record() if kept else None)
    ranked, seen = _by_viewer(kept.listed if kept else None), _seen(history)
    made: list[Slate] = []
    aside: dict[str, str] = {}
    for arm in arms:
        own, others = publish.slates(
            {viewer: ranked.get(viewer, []) for viewer in arm.viewers},
            catalogue.films,
            seen,
            {
                "cycle": number,
                "occurred_at": record["as_of"],
                "policy": f"epsilon-greedy {policy.EPSILON}" if arm.version else "uniform",
                "feature_version": record["features"]["interaction_sequence"],
                **_named(arm.version),
            },
        )
        made += own
        aside |= others
    set_aside.note(context.ledger, number, "slates", aside)
    return made


def _viewers(context: Context) -> list[str]:
    frame = context.lake.read(context.spark, "features/viewer").select("viewer_id").toPandas()
    return sorted(frame["viewer_id"])


def _kept(arms: list[Arm], history: pd.DataFrame, catalogue: Catalogue) -> Kept | None:
    """The lists of all arms, varied as far as the dial says, within the rails; None where there is none."""
    variety = Variety.of(catalogue.described, settings.diversity())
    models = [(arm.model, arm.viewers) for arm in arms if arm.model and arm.viewers]

    def lists(n: int, films: Sequence[str]) -> pd.DataFrame:
        made = [variety.recommend(model, viewers, history, n, films) for model, viewers in models]
        return pd.concat(made, ignore_index=True)

    return guard_rails.keep(Rails(), lists, catalogue.films, catalogue.new, publish.SLATE_SIZE) if models else None


def _by_viewer(listed: pd.DataFrame | None) -> dict[str, list[tuple[str, float]]]:
    """Viewer → films with scores, best first."""
    ranked: dict[str, list[tuple[str, float]]] = {}
    if listed is not None:
        for viewer, film, score in listed[[columns.VIEWER, columns.FILM, columns.SCORE]].itertuples(index=False):
            ranked.setdefault(viewer, []).append((film, score))
    return ranked


def _seen(history: pd.DataFrame) -> dict[str, frozenset[str]]:
    return {str(viewer): frozenset(films) for viewer, films in history.groupby(columns.VIEWER)[columns.FILM]}


def _named(version: Version | None) -> dict[str, Any]:
    return {"model": version.member, "model_version": version.name} if version else _NO_MODEL
