"""The contract of all estimators, whichever there are, and what the stack promises beyond it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from models.base.errors import BadArtifact, EmptyTraining
from models.estimators import load_estimator, members
from models.estimators.cases import Cases, FloatArray
from models.estimators.linear import Linear
from models.estimators.network import Network
from models.estimators.protocol import START, Estimator
from models.estimators.selection import folds
from models.estimators.stack import Stack, best_shares
from models.estimators.trees import Trees

MEMBERS = members()


def some_cases(rows: int = 300, seed: int = 0) -> tuple[Cases, FloatArray]:
    """A case a day, known three days later; the outcome is 10 + size + 0.5 · star, and a little noise."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"size": rng.standard_normal(rows), "star": rng.integers(0, 2, rows).astype(float)})
    outcome = 10 + table["size"] + 0.5 * table["star"] + 0.1 * rng.standard_normal(rows)
    table.loc[rng.random(rows) < 0.1, "size"] = np.nan
    day = np.arange(rows)
    zeros, ones = np.zeros(rows, dtype=np.int64), np.ones(rows)
    return Cases(table, 10 * ones, ones, zeros, day, day + 3, floor=1.0), outcome.to_numpy()


CASES, OUTCOME = some_cases()
NEW, _ = some_cases(rows=40, seed=1)


@pytest.fixture(scope="module", params=MEMBERS)
def model(request: pytest.FixtureRequest) -> Estimator:
    """Each member, fitted."""
    return MEMBERS[request.param]().fit(CASES, OUTCOME)


def test_the_family_has_its_baseline_and_its_models() -> None:
    assert {"guess", "linear", "network", "trees", "stack"} <= set(MEMBERS)


def test_a_saved_model_says_the_same(model: Estimator, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    loaded = load_estimator(tmp_path / "model")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(loaded.predict(NEW), model.predict(NEW))
    np.testing.assert_array_equal(loaded.spread(NEW), model.spread(NEW))
    assert_frame_equal(loaded.contributions(NEW), model.contributions(NEW))


def test_nothing_written_is_a_pickle(model: Estimator, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    written = [path for path in (tmp_path / "model").rglob("*") if path.is_file()]
    assert {path.suffix for path in written} <= {".json", ".parquet", ".safetensors", ".ubj"}


def test_a_torn_artifact_is_refused(model: Estimator, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    victim = max((tmp_path / "model").rglob("*"), key=lambda path: (path.is_file(), path.name != "manifest.json"))
    victim.write_bytes(victim.read_bytes()[:-1])
    with pytest.raises(BadArtifact, match=victim.name):
        load_estimator(tmp_path / "model")


def test_contributions_sum_to_what_is_predicted(model: Estimator) -> None:
    parts = model.contributions(NEW)
    assert list(parts.columns) == [START, *NEW.table.columns]
    np.testing.assert_allclose(parts.sum(axis=1), model.predict(NEW), rtol=1e-5)


def test_a_second_fit_changes_no_digit_and_nothing_of_the_callers(model: Estimator) -> None:
    kept = CASES.table.copy(deep=True)
    again = type(model)().fit(CASES, OUTCOME)
    np.testing.assert_array_equal(again.predict(NEW), model.predict(NEW))
    assert_frame_equal(CASES.table, kept)


def test_what_is_said_of_a_case_depends_on_it_alone(model: Estimator) -> None:
    alone = np.concatenate([model.predict(NEW.take(np.array([row]))) for row in range(5)])
    np.testing.assert_allclose(alone, model.predict(NEW)[:5], rtol=1e-6)


def test_too_few_cases_are_an_error_that_says_how_many_are_wanted(model: Estimator) -> None:
    with pytest.raises(EmptyTraining, match="20 are wanted"):
        type(model)().fit(CASES.take(np.arange(10)), OUTCOME[:10])


@pytest.mark.parametrize("loss", ["squared", "absolute"])
@pytest.mark.parametrize("name", ["linear", "network", "trees"])
def test_models_find_the_law(name: str, loss: str) -> None:
    model = MEMBERS[name]()
    model.loss = loss
    size = np.nan_to_num(NEW.table["size"].to_numpy())
    made = model.fit(CASES, OUTCOME).predict(NEW)
    assert np.corrcoef(made, size + 0.5 * NEW.table["star"])[0, 1] > 0.9


def test_the_formula_names_what_matters_first() -> None:
    formula = Linear(shrinkage=1.0).fit(CASES, OUTCOME).coefficients()
    assert formula["column"].tolist() == ["size", "star"]
    assert formula["coefficient"].iloc[0] == pytest.approx(0.95, abs=0.1)


def test_an_equation_a_slot() -> None:
    slot = (np.arange(len(CASES)) % 2).astype(np.int64)
    flipped = np.where(slot == 1, 20 - OUTCOME, OUTCOME)
    model = Linear(shrinkage=1.0).fit(replace(CASES, slot=slot), flipped)
    assert model.coefficient[0, 0] == pytest.approx(-model.coefficient[1, 0], abs=0.1)


def test_the_network_is_less_sure_where_outcomes_scatter() -> None:
    loud = CASES.table["star"].to_numpy() * 2.0
    noisy = OUTCOME + loud * np.random.default_rng(3).standard_normal(len(CASES))
    spread = Network(epochs=40).fit(CASES, noisy).spread(NEW)
    assert spread[NEW.table["star"] == 1].mean() > 1.3 * spread[NEW.table["star"] == 0].mean()


def test_a_fold_learns_only_what_was_known_when_it_begins() -> None:
    stretches = folds(CASES, 4)
    assert len(stretches) == 4
    for fold in stretches:
        assert CASES.known[fold.learned].max() <= CASES.at[fold.asked].min()
    asked = np.concatenate([fold.asked for fold in stretches])
    assert len(np.unique(asked)) == len(asked)


def test_shares_are_of_one_and_go_to_the_better_member() -> None:
    made = np.stack([OUTCOME + 0.05, OUTCOME[::-1]], axis=1)
    assert best_shares(made, OUTCOME, np.ones(len(OUTCOME)), "squared").tolist() == [1.0, 0.0]
    stack = Stack().fit(CASES, OUTCOME)
    assert stack.weights.sum() == pytest.approx(1.0) and (stack.weights >= 0).all()


def test_an_outcome_after_a_fold_changes_no_forecast_before_it() -> None:
    parts = [Linear(), Trees(repeats=1, rounds=20)]
    late = np.where(CASES.at > 250, 99.0, OUTCOME)
    before = CASES.known < 250
    one, other = Stack(parts).fit(CASES, OUTCOME), Stack(parts).fit(CASES, late)
    begun = np.isfinite(one.unseen["linear"]) & before & (CASES.at < folds(CASES, 6)[-1].asked.min())
    for name in ("linear", "trees", "stack"):
        np.testing.assert_array_equal(one.unseen[name][begun], other.unseen[name][begun])
