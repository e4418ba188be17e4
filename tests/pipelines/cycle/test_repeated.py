"""A cycle that is killed and repeated, on newer data, has the candidate that it made, with the numbers of that one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.recommenders import members
from pipelines.forecasting.daily import cycle as daily
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.promotion import promote
from pipelines.recommending import cycle as recommend
from pipelines.scripts.judging import cycle as judge
from pipelines.scripts.writing import cycle as writer
from tests.models.audiences import two_groups

_COMPARED = {"against": "what serves", "measure": "m", "units": 9, "candidate": 1.0, "other": 1.0, "gain": 0.0}


def _quiet(what: str, done: int, total: int, loss: float) -> None:
    """Nobody listens."""


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A state in which the third cycle is in progress."""
    context = Context(State.at(tmp_path))
    for _ in range(2):
        context.ledger.close(context.ledger.open_or_resume())
    context.ledger.note(context.ledger.open_or_resume(), as_of=7, members={"als": {"ndcg@10": 0.2}})
    return context


def _made(context: Context, family: str, cycle: int, low: float) -> int:
    model = members()["popularity"]().fit(two_groups())
    note = {"wape": 0.1, "comparison": {**_COMPARED, "low": low, "high": 1.0}}
    return context.registry.register(family, "popularity", cycle, model.save, note, wape=0.1).number


_TRAIN: dict[str, Callable[[Context, int], dict[str, Any]]] = {
    "recommender": lambda context, number: recommend.train(context, number, _quiet),
    "forecaster": daily.train,
    "judge": judge.train,
    "writer": lambda context, number: writer.train(context, number, _quiet),
}


@pytest.mark.parametrize("family", _TRAIN)
def test_it_trains_nothing_anew_and_the_gate_decides_by_what_was_measured_of_it(context: Context, family: str) -> None:
    context.registry.promote(family, _made(context, family, 1, low=0.0))
    candidate = _made(context, family, 3, low=-0.5)
    worse = {"trained": True, "version": candidate, "comparison": {**_COMPARED, "low": 0.9, "high": 1.0}}
    context.ledger.note(3, **{family: worse}, as_of=8)  # what a fit on newer data had left there
    note = _TRAIN[family](context, 3)
    assert (note["version"], note["wape"], note["comparison"]["low"]) == (candidate, 0.1, -0.5)
    assert context.ledger.read(3)[family] == note
    decided = promote.decide(context, 3, family)
    assert not decided["promoted"] and "must exceed -0.1" in decided["reason"]
    serving = context.registry.serving(family)
    assert serving is not None and serving.number == 1 and len(context.registry.versions(family)) == 2


def test_members_of_a_repeated_cycle_are_those_that_the_candidate_was_preferred_among(context: Context) -> None:
    _made(context, "recommender", 3, low=0.0)
    assert recommend.train_members(context, 3, ["als"], _quiet) == {"als": {"ndcg@10": 0.2}}


def test_a_promotion_whose_decision_was_not_noted_is_decided_again_and_one_that_was_rolled_back_is_not(
    context: Context,
) -> None:
    family, registry = "forecaster", context.registry
    registry.promote(family, _made(context, family, 1, low=0.0))
    candidate = registry.version(family, _made(context, family, 3, low=0.0))
    registry.promote(family, candidate.number)  # killed here
    context.ledger.note(3, **{family: promote.candidate(candidate)})
    assert promote.decide(context, 3, family)["promoted"]
    assert [version.aliases for version in registry.versions(family)] == [("previous",), ("serving",)]
    registry.rollback(family)
    assert promote.decide(context, 3, family)["promoted"], "it had passed"
    serving = registry.serving(family)
    assert serving is not None and serving.number == 1, "and people have let another serve since"
