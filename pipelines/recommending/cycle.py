"""Train and optimise the recommender on the features of the cycle."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import pandas as pd

from jobs.features.interaction_sequence import interaction_sequence
from models.base.errors import BadArtifact, EmptyTraining, UnknownModel
from models.recommenders import load_recommender
from models.recommenders.protocol import Recommender
from models.recommenders.variety import Variety
from models.training.journal import Journal, Tell
from pipelines.lake import catalogue, sequences
from pipelines.lake.catalogue import Catalogue
from pipelines.lake.sequences import Sequences
from pipelines.platform import settings
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Version
from pipelines.platform.profiling import Meter
from pipelines.promotion import ab_test, gate, promote
from pipelines.promotion import crowd as crowds
from pipelines.promotion.ab_test import ABTest
from pipelines.promotion.crowd import Crowd
from pipelines.recommending import off_policy
from pipelines.recommending import train as training_recommender
from pipelines.recommending.refit import refitting
from pipelines.recommending.slates import ServedModel
from pipelines.recommending.train import BASELINE, RecommenderCandidate

FAMILY = "recommender"
_EPOCHS, _REFIT = "epochs", "refit"


@dataclass(frozen=True)
class Arm:
    """Viewers, and the version whose films they are shown; None while none serves."""

    served: ServedModel | None
    viewers: list[str]


def arms(context: Context, number: int, viewers: list[str]) -> list[Arm]:
    """Load what serves, for all viewers; in a cycle of an A/B test, also the challenger, for those drawn for it."""
    serving = context.registry.loaded(FAMILY, load_recommender)
    if serving is None:
        return [Arm(None, viewers)]
    trial = ab_test.standing(context.registry)
    challenger = _challenger(context, trial) if trial and number >= trial.since else None
    if trial is None or challenger is None:
        return [Arm(ServedModel(*serving), viewers)]
    drawn = {viewer for viewer in viewers if trial.draws(viewer)}
    control = [viewer for viewer in viewers if viewer not in drawn]
    return [Arm(ServedModel(*serving), control), Arm(ServedModel(trial.challenger, challenger), sorted(drawn))]


def _challenger(context: Context, trial: ABTest) -> Recommender | None:
    """Load the version on trial; None where it is torn, which is then marked in the registry and ends the trial."""
    try:
        return context.registry.load(trial.challenger, load_recommender)
    except (BadArtifact, UnknownModel) as error:
        context.registry.mark_torn(trial.challenger, str(error))
        return None


@dataclass(frozen=True)
class TrainingData:
    """What a cycle's recommender learns from: tables at the versions that the ledger notes of the cycle.

    All that is known now is `features/interaction_sequence` itself. What was known at an earlier time cannot be read
    off it: a like that came later has raised a film's strength. So that is computed from the events, by the function
    that makes the table.
    """

    context: Context
    record: dict[str, Any]
    crowd: Crowd

    @classmethod
    def of(cls, context: Context, number: int) -> Self:
        """The data of a cycle; notes in its ledger which viewers and clients count."""
        crowd = crowds.standing(context, number)
        context.ledger.note(number, crowd=crowd.record())
        return cls(context, context.ledger.read(number), crowd)

    @property
    def feature_version(self) -> int:
        """The version of `features/interaction_sequence`."""
        return int(self.record["features"]["interaction_sequence"])

    @property
    def catalogue(self) -> Catalogue:
        """Read the films from the lake's `features/film`, at this cycle's version."""
        return catalogue.read(self.context.state.lake, self._version("film"))

    def sequences(self, as_of: int) -> Sequences:
        """Read from the lake all viewers' histories as of a time (UTC milliseconds), not after the cycle's `now`."""
        if as_of == self.record["as_of"]:
            return sequences.read(self.context.state.lake, self._version("interaction_sequence"))
        viewing = self.context.lake.read(self.context.spark, "silver/viewing", self.record["silver"]["viewing"])
        return Sequences.of(interaction_sequence(viewing, as_of).toPandas())

    def _version(self, table: str) -> int | None:
        """The version of a feature table that this cycle made; None (read the newest) where it made none."""
        version: int | None = self.record.get("features", {}).get(table)
        return version

    def interactions(self, as_of: int) -> pd.DataFrame:
        """Read what viewers who count had taken up by a time; no client outweighs all others of a film."""
        return self.crowd.bounded(self.sequences(as_of).interactions)


def train_members(context: Context, number: int, names: Iterable[str], tell: Tell) -> dict[str, dict[str, Any]]:
    """Fit members on what was known at the first cut, tune and compare them on what came up to the second.

    Each is kept until the next cycle, and its numbers are noted; where nothing can be learned, why. A member that is
    a part of another one is trained with that. Each epoch is told; training goes on from its last if it was killed.
    A repeated cycle that has its candidate compares nothing anew.
    """
    if context.registry.made(FAMILY, number):
        return dict(context.ledger.read(number).get("members", {}))
    data, folder = TrainingData.of(context, number), _folder(context, number)
    known = data.catalogue
    try:
        first, second = training_recommender.cuts(
            data.interactions(data.record["as_of"]), _now_of_last_cycle(context, number)
        )
        valid = training_recommender.hold_out(data.interactions(first), data.interactions(second))
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
            measured = training_recommender.measure(model, valid, known.out)
        model.save(folder / name)
        numbers = {"ndcg@10": measured.mean, "error": measured.error, "coverage@10": measured.coverage}
        context.ledger.note_among(number, "members", {name: {**numbers, "seconds": round(meter.seconds, 3)}})
    compared: dict[str, dict[str, Any]] = context.ledger.read(number)["members"]
    return compared


def train(context: Context, number: int, tell: Tell) -> dict[str, Any]:
    """Refit, measure and register the preferred member as the candidate; the ledger notes it, or why there is none.

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
    """The journal of a cycle's trainings: reports to `tell`, keeps epochs below the state's training folder."""
    return Journal(context.state.training / _EPOCHS, tell)


def _trained(context: Context, number: int, record: dict[str, Any], journal: Journal) -> Version:
    """Refit the preferred member (a second process helps), compare it with what serves, and register it."""
    if not record["members"]:
        raise EmptyTraining(record["untrained"])
    valid = {name: numbers["ndcg@10"] for name, numbers in record["members"].items()}
    best = _folder(context, number) / training_recommender.preferred(record["members"])
    serving, data = _standing(context, number), TrainingData.of(context, number)
    known, now, cut = data.catalogue, record["as_of"], record["cut"]
    everything = data.interactions(now)
    variety = Variety.of(known.described, settings.diversity())
    off_policy_value = partial(off_policy.compare, context, number, data.sequences, serving, variety)
    chosen, own = load_recommender(best), context.state.training / _REFIT
    chosen.journal = journal
    with refitting(best, everything, known.described, own, journal) as refit_on_all:
        candidate = training_recommender.refit_and_evaluate(
            chosen,
            data.interactions(cut),
            everything,
            cut,
            known.out,
            serving,
            known.described,
            off_policy_value,
            refit_on_all,
        )
    return _register_candidate(context, number, candidate, valid[chosen.name], data.record)


def _folder(context: Context, number: int) -> Path:
    """The folder of this cycle's trained members; deletes the folders of other cycles."""
    folder = context.state.training / f"cycle-{number:06d}"
    for other in context.state.training.glob("cycle-*"):
        if other != folder:
            shutil.rmtree(other)
    return folder


def _standing(context: Context, number: int) -> Recommender | None:
    """Load what served before this cycle: a repeated cycle must not compare its candidate with itself."""
    standing = context.registry.loaded(FAMILY, load_recommender, before=number)
    return standing[1] if standing else None


def _now_of_last_cycle(context: Context, number: int) -> int | None:
    """Read from the ledger the `now` (UTC milliseconds) of the cycle before; None where there is none."""
    earlier = [record["as_of"] for record in context.ledger.records() if record["cycle"] < number]
    return earlier[-1] if earlier else None


def _register_candidate(
    context: Context, number: int, candidate: RecommenderCandidate, valid: float, record: dict[str, Any]
) -> Version:
    """Compare the candidate with what serves or the baseline, and register it with its figures in the registry."""
    numbers = {
        "ndcg@10": candidate.test.mean,
        "baseline_ndcg@10": candidate.baseline.mean,
        "coverage@10": candidate.test.coverage,
    }
    lineage = {
        "trained_until": record["as_of"],
        "features_interaction_sequence": record["features"]["interaction_sequence"],
        "silver_viewing": record["silver"]["viewing"],
    }
    against, other = ("what serves", candidate.serving) if candidate.serving else (BASELINE, candidate.baseline)
    held_out = gate.compare(candidate.test.ndcg, other.ndcg, against, "NDCG@10", better="higher")
    note = {
        **numbers,
        **lineage,
        "valid_ndcg@10": valid,
        "held_out": held_out,
        "off_policy": candidate.value,
        "comparison": gate.weightier(held_out, candidate.value),
    }
    model = candidate.model
    return context.registry.register(FAMILY, model.name, number, model.save, note, **numbers, **lineage)
