"""Train and optimise the recommender on the features of the cycle."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd

from jobs.features.interaction_sequence import interaction_sequence
from jobs.features.main import read_silver
from models import columns
from models.errors import EmptyTraining
from models.recommenders.protocol import Recommender
from models.recommenders.registry import load_recommender
from models.recommenders.variety import Variety
from pipelines import frames, gate, rails, settings, training_recommender, trials
from pipelines.context import Context
from pipelines.registry import Version
from pipelines.stages import worth
from pipelines.training_recommender import BASELINE, RecommenderCandidate

FAMILY = "recommender"


@dataclass(frozen=True)
class Catalogue:
    """The films that may be recommended now, what they are called, what they are like, and which are new."""

    films: list[str]
    titles: dict[str, str]
    described: pd.DataFrame  # columns.FILMS
    new: frozenset[str]


def catalogue(context: Context) -> Catalogue:
    """The films that are out, from `features/film`."""
    ordered = frames.films(context.lake.read(context.spark, "features/film").where("released"), rails.NEW_DAYS)
    titles = dict(zip(ordered[columns.FILM], ordered[columns.TITLE], strict=True))
    new = frozenset(ordered.loc[ordered["new"], columns.FILM])
    return Catalogue(ordered[columns.FILM].tolist(), titles, ordered[list(columns.FILMS)], new)


def served(context: Context) -> tuple[Version, Recommender] | None:
    """The version that serves, loaded."""
    version = context.registry.serving(FAMILY)
    return (version, load_recommender(version.folder)) if version else None


@dataclass(frozen=True)
class Arm:
    """Viewers, and the version whose films they are shown; None while none serves."""

    version: Version | None
    model: Recommender | None
    viewers: list[str]


def arms(context: Context, viewers: list[str]) -> list[Arm]:
    """Everybody with what serves; while a trial runs, those whom it draws with the challenger."""
    serving = served(context)
    if serving is None:
        return [Arm(None, None, viewers)]
    trial = trials.standing(context.registry)
    if trial is None:
        return [Arm(*serving, viewers)]
    drawn = {viewer for viewer in viewers if trial.draws(viewer)}
    control = [viewer for viewer in viewers if viewer not in drawn]
    return [Arm(*serving, control), Arm(trial.challenger, load_recommender(trial.challenger.folder), sorted(drawn))]


def train(context: Context, number: int) -> dict[str, Any]:
    """Train, measure and register this cycle's candidate, and note its numbers; where nothing can be learned, why."""
    record = context.ledger.read(number)
    now = record["as_of"]
    serving = _standing(context, number)
    known, interactions = catalogue(context), partial(_interactions, context)
    variety = Variety.of(known.described, settings.diversity())
    value = partial(worth.compare, context, number, interactions, serving, variety)
    try:
        candidate = training_recommender.train(
            interactions, now, known.films, serving, known.described, _last_now(context, number), value
        )
    except EmptyTraining as error:
        note: dict[str, Any] = {"trained": False, "reason": str(error)}
    else:
        note = _registered(context, number, candidate, now, record["features"]["interaction_sequence"])
    context.ledger.note(number, recommender=note)
    return note


def _standing(context: Context, number: int) -> Recommender | None:
    """What served before this cycle: a repeated cycle must not compare its candidate with itself."""
    version = context.registry.serving_before(FAMILY, number)
    return load_recommender(version.folder) if version else None


def _last_now(context: Context, number: int) -> int | None:
    earlier = [record["as_of"] for record in context.ledger.records() if record["cycle"] < number]
    return earlier[-1] if earlier else None


def _interactions(context: Context, as_of: int) -> pd.DataFrame:
    viewing = read_silver(context.spark, context.lake)["viewing"]
    return frames.interactions(interaction_sequence(viewing, as_of))


def _registered(
    context: Context, number: int, candidate: RecommenderCandidate, now: int, feature_version: int
) -> dict[str, Any]:
    numbers = {
        "ndcg@10": candidate.test.mean,
        "baseline_ndcg@10": candidate.baseline.mean,
        "coverage@10": candidate.test.coverage,
    }
    lineage = {"trained_until": now, "features_interaction_sequence": feature_version}
    model = candidate.model
    version = context.registry.register(FAMILY, model.name, number, model.save, **numbers, **lineage)
    against, other = ("what serves", candidate.serving) if candidate.serving else (BASELINE, candidate.baseline)
    held_out = gate.compare(candidate.test.ndcg, other.ndcg, against, "NDCG@10", better="higher")
    return {
        "trained": True,
        "name": version.member,
        "version": version.number,
        **numbers,
        **lineage,
        "valid_ndcg@10": candidate.valid,
        "held_out": held_out,
        "off_policy": candidate.value,
        "comparison": gate.weightier(held_out, candidate.value),
    }
