"""Train and optimise the recommender on the features of the cycle."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from jobs.features.interaction_sequence import interaction_sequence
from jobs.features.main import read_silver
from models.base import columns
from models.base.errors import BadArtifact, EmptyTraining, UnknownModel
from models.recommenders import load_recommender
from models.recommenders.protocol import Recommender
from models.recommenders.variety import Variety
from models.training.journal import Journal, Tell
from pipelines.lake import frames
from pipelines.platform import settings
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.platform.profiling import Meter
from pipelines.promotion import ab_test, gate, promote
from pipelines.promotion import crowd as crowds
from pipelines.promotion.ab_test import Trial
from pipelines.recommending import guard_rails, off_policy
from pipelines.recommending import train as training_recommender
from pipelines.recommending.refit import refitting
from pipelines.recommending.train import BASELINE, RecommenderCandidate

FAMILY = "recommender"
_EPOCHS, _REFIT = "epochs", "refit"


@dataclass(frozen=True)
class Catalogue:
    """The films that may be recommended now, what they are called, what they are like, and which are new."""

    films: list[str]
    titles: dict[str, str]
    described: pd.DataFrame  # columns.FILMS
    new: frozenset[str]


def catalogue(context: Context) -> Catalogue:
    """The films that are out, from `features/film`."""
    ordered = frames.films(context.lake.read(context.spark, "features/film").where("released"), guard_rails.NEW_DAYS)
    titles = dict(zip(ordered[columns.FILM], ordered[columns.TITLE], strict=True))
    new = frozenset(ordered.loc[ordered["new"], columns.FILM])
    return Catalogue(ordered[columns.FILM].tolist(), titles, ordered[list(columns.FILMS)], new)


def served(context: Context) -> tuple[Version, Recommender] | None:
    """The version that serves, loaded."""
    return context.registry.loaded(FAMILY, load_recommender)


@dataclass(frozen=True)
class Arm:
    """Viewers, and the version whose films they are shown; None while none serves."""

    version: Version | None
    model: Recommender | None
    viewers: list[str]


def arms(context: Context, number: int, viewers: list[str]) -> list[Arm]:
    """Everybody with what serves; in a cycle of a trial, those whom it draws with the challenger."""
    serving = served(context)
    if serving is None:
        return [Arm(None, None, viewers)]
    trial = ab_test.standing(context.registry)
    challenger = _challenger(context, trial) if trial and number >= trial.since else None
    if trial is None or challenger is None:
        return [Arm(*serving, viewers)]
    drawn = {viewer for viewer in viewers if trial.draws(viewer)}
    control = [viewer for viewer in viewers if viewer not in drawn]
    return [Arm(*serving, control), Arm(trial.challenger, challenger, sorted(drawn))]


def _challenger(context: Context, trial: Trial) -> Recommender | None:
    """The version on trial; None where it is torn, and with that the trial is over."""
    try:
        return context.registry.load(trial.challenger, load_recommender)
    except (BadArtifact, UnknownModel) as error:
        context.registry.mark_torn(trial.challenger, str(error))
        return None


def train_members(context: Context, number: int, names: Iterable[str], tell: Tell) -> dict[str, dict[str, Any]]:
    """Fit members on what was known at the first cut, tune and compare them on what came up to the second.

    Each is kept until the next cycle, and its numbers are noted; where nothing can be learned, why. A member that is
    a part of another one is trained with that. Each epoch is told; training goes on from its last if it was killed.
    A repeated cycle that has its candidate compares nothing anew.
    """
    if context.registry.made(FAMILY, number):
        return dict(context.ledger.read(number).get("members", {}))
    interactions = _interactions(context, number)
    everything = interactions(context.ledger.read(number)["as_of"])
    known, folder = catalogue(context), _folder(context, number)
    try:
        first, second = training_recommender.cuts(everything, _last_now(context, number))
        valid = training_recommender.hold_out(interactions(first), interactions(second))
    except EmptyTraining as error:
        context.ledger.note(number, members={}, untrained=str(error))
        return {}
    context.ledger.note(number, cut=second)
    journal, effort = _journal(context, tell), settings.effort()
    parts: dict[str, Recommender] = {}
    for name in sorted(names, key=training_recommender.part_count, reverse=True):
        with Meter() as meter:
            model = parts.get(name) or training_recommender.tuned(name, valid, known.described, journal, effort)
            parts = {part.name: part for part in getattr(model, "parts", ())} | parts
            measured = training_recommender.measure(model, valid, known.films)
        model.save(folder / name)
        numbers = {"ndcg@10": measured.mean, "error": measured.error, "coverage@10": measured.coverage}
        context.ledger.note_among(number, "members", {name: {**numbers, "seconds": round(meter.seconds, 3)}})
    compared: dict[str, dict[str, Any]] = context.ledger.read(number)["members"]
    return compared


def train(context: Context, number: int, tell: Tell) -> dict[str, Any]:
    """Fit, measure and register the preferred member as the candidate, and note its numbers; or why there is none.

    What was preferred by the validation span is taken up as it was kept; `train_members` comes first. A repeated cycle
    has the candidate that it made, with its numbers.
    """
    record = context.ledger.read(number)
    try:
        made = context.registry.made(FAMILY, number) or _trained(context, number, record, _journal(context, tell))
        note = promote.candidate(made)
    except EmptyTraining as error:
        note = {"trained": False, "reason": str(error)}
    context.ledger.note(number, recommender=note)
    shutil.rmtree(context.state.training / _EPOCHS, ignore_errors=True)
    return note


def _journal(context: Context, tell: Tell) -> Journal:
    return Journal(context.state.training / _EPOCHS, tell)


def _trained(context: Context, number: int, record: dict[str, Any], journal: Journal) -> Version:
    """
    Raises:
        EmptyTraining: too few viewers have a past and a future.
    """
    if not record["members"]:
        raise EmptyTraining(record["untrained"])
    valid = {name: numbers["ndcg@10"] for name, numbers in record["members"].items()}
    best = _folder(context, number) / training_recommender.preferred(record["members"])
    serving, known, interactions = _standing(context, number), catalogue(context), _interactions(context, number)
    now, cut = record["as_of"], record["cut"]
    everything = interactions(now)
    variety = Variety.of(known.described, settings.diversity())
    value = partial(off_policy.compare, context, number, interactions, serving, variety)
    chosen, own = load_recommender(best), context.state.training / _REFIT
    chosen.journal = journal
    with refitting(best, everything, known.described, own, journal) as whole:
        candidate = training_recommender.finished(
            chosen, valid, interactions(cut), everything, cut, known.films, serving, known.described, value, whole
        )
    return _registered(context, number, candidate, now, record["features"]["interaction_sequence"])


def _folder(context: Context, number: int) -> Path:
    """Where this cycle's members are kept; those of other cycles go."""
    folder = context.state.training / f"cycle-{number:06d}"
    for other in context.state.training.glob("cycle-*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


def _standing(context: Context, number: int) -> Recommender | None:
    """What served before this cycle: a repeated cycle must not compare its candidate with itself."""
    standing = context.registry.loaded(FAMILY, load_recommender, before=number)
    return standing[1] if standing else None


def _last_now(context: Context, number: int) -> int | None:
    earlier = [record["as_of"] for record in context.ledger.records() if record["cycle"] < number]
    return earlier[-1] if earlier else None


def _interactions(context: Context, number: int) -> Callable[[int], pd.DataFrame]:
    """What viewers who choose had taken up by a time, with no client counting for more than all others of a film."""
    viewing, crowd = read_silver(context.spark, context.lake)["viewing"], crowds.standing(context, number)
    context.ledger.note(number, crowd=crowd.record())
    return lambda as_of: crowd.bounded(frames.interactions(interaction_sequence(viewing, as_of)))


def _registered(
    context: Context, number: int, candidate: RecommenderCandidate, now: int, feature_version: int
) -> Version:
    numbers = {
        "ndcg@10": candidate.test.mean,
        "baseline_ndcg@10": candidate.baseline.mean,
        "coverage@10": candidate.test.coverage,
    }
    lineage = {"trained_until": now, "features_interaction_sequence": feature_version}
    against, other = ("what serves", candidate.serving) if candidate.serving else (BASELINE, candidate.baseline)
    held_out = gate.compare(candidate.test.ndcg, other.ndcg, against, "NDCG@10", better="higher")
    note = {
        **numbers,
        **lineage,
        "valid_ndcg@10": candidate.valid,
        "held_out": held_out,
        "off_policy": candidate.value,
        "comparison": gate.weightier(held_out, candidate.value),
    }
    model = candidate.model
    return context.registry.register(FAMILY, model.name, number, model.save, note, **numbers, **lineage)
