"""Trials: who is drawn, what the arms are shown, what came of it, and that the gate waits."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from models.recommenders import members
from pipelines.cli.main import app
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.ledger import Ledger
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.promotion import ab_test, promote
from pipelines.promotion.ab_test import FAMILY, ABTest
from pipelines.recommending import cycle as recommend
from pipelines.recommending import decide as publish
from tests.models.audiences import two_groups
from tests.pipelines.recommending.click_state import with_two_versions

VIEWERS = [f"viewer-{n:04}" for n in range(1000)]
NOW = 1_700_000_000_000  # UTC milliseconds


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which version 1 serves and version 2 waits."""
    return with_two_versions(tmp_path_factory.mktemp("trials")).root


@pytest.fixture
def state(made: Path, tmp_path: Path) -> State:
    """A copy of it."""
    return State.at(shutil.copytree(made, tmp_path / "state"))


def told(state: State, *words: str) -> str:
    done = CliRunner().invoke(app, ["trial", *words, "--state", str(state.root)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def shown(state: State, trial: ABTest, clicks: tuple[int, int]) -> None:
    """Two slates a viewer, seen by all; so many clicks on each, by arm."""
    slates, answers = [], []
    at = pd.Timestamp(NOW, unit="ms", tz="UTC")
    for viewer in VIEWERS:
        for cycle in (2, 3):
            slate, version = f"{viewer}-{cycle}", f"recommender/{1 + trial.draws(viewer)}"
            of = {"slate_id": slate, "viewer_id": viewer, "cycle": cycle, "model_version": version}
            slates += [{**of, "film_id": f"f{n}", "occurred_at": NOW} for n in range(3)]
            told = {"slate_id": slate, "viewer_id": viewer, "source": "app", "occurred_at": at}
            taken = clicks[trial.draws(viewer)] + (int(viewer[-1]) % 2 if cycle > 2 else 0)
            answers += [{**told, "film_id": f"f{n}", "type": "impression"} for n in range(3)]
            answers += [{**told, "film_id": f"f{n}", "type": "play"} for n in range(min(taken, 3))] * 2
    write_deltalake(state.lake / "decisions" / "recommendations", pd.DataFrame(slates))
    write_deltalake(state.lake / "silver" / "viewing", pd.DataFrame(answers))


def test_a_share_of_the_viewers_is_drawn_and_another_trial_draws_others(state: State) -> None:
    registry = Registry(state.mlflow)
    trial = ab_test.begin(registry, 2, 0.3, 2, NOW)
    drawn = {viewer for viewer in VIEWERS if trial.draws(viewer)}
    assert 250 < len(drawn) < 350
    later = ABTest(trial.challenger, 0.3, 5, NOW)
    assert 50 < len(drawn & {viewer for viewer in VIEWERS if later.draws(viewer)}) < 130, "about 0.3² of 1,000"
    assert ab_test.standing(registry) == ABTest(registry.version(FAMILY, 2), 0.3, 2, NOW)


def test_what_came_of_it_is_counted_by_arm_since_it_began(state: State) -> None:
    trial = ab_test.begin(Registry(state.mlflow), 2, 0.5, 3, NOW)
    shown(state, trial, clicks=(1, 2))
    _, found = ab_test.outcome(state, Registry(state.mlflow))
    assert sum(found.viewers) == sum(found.slates) == len(VIEWERS), "cycle 2 was before it"
    made = found.difference
    assert 0.9 < made.gain < 1.1 and made.low < 1 < made.high
    assert found.verdict == "the challenger is better"
    assert "the challenger is better" in told(state, "show")


def test_a_client_of_a_few_viewers_leaves_it_open_and_decides_nothing(state: State) -> None:
    trial = ab_test.begin(Registry(state.mlflow), 2, 0.5, 2, NOW)
    rogue = set(VIEWERS[:200])
    slates = [(f"{who}-{n}", who, NOW, f"recommender/{1 + trial.draws(who)}") for who in VIEWERS for n in range(2)]
    made = pd.DataFrame(slates, columns=["slate_id", "viewer_id", "occurred_at", "model_version"]).assign(cycle=2)
    made = made.merge(pd.DataFrame({"film_id": [f"f{n}" for n in range(10)]}), how="cross")
    place, theirs = made["film_id"].str[1:].astype(int), made["viewer_id"].isin(rogue)
    drawn = made["viewer_id"].map(trial.draws).astype(bool)
    taken = made[np.where(theirs, drawn & (place < 5), (place + made["viewer_id"].str[-1].astype(int)) % 5 == 0)]
    answers = pd.concat([made.assign(type="impression"), taken.assign(type="play")], ignore_index=True)
    source = np.where(answers["viewer_id"].isin(rogue), "rogue", "app")
    answers = answers[["slate_id", "viewer_id", "film_id", "type"]].assign(source=source)
    write_deltalake(state.lake / "decisions" / "recommendations", made)
    at = pd.Timestamp(NOW, unit="ms", tz="UTC")
    write_deltalake(state.lake / "silver" / "viewing", answers.assign(occurred_at=at))
    _, found = ab_test.outcome(state, Registry(state.mlflow))
    assert found.set_aside == 0 and found.clients == {"app": 0.8, "rogue": 0.2}
    assert found.difference.gain > 0.2, "all together the challenger's slates were taken more"
    assert found.difference.low <= 0 and found.verdict == "not decided yet"


def test_the_apps_slates_count_from_its_begin_on_and_as_what_they_were_made_by(state: State) -> None:
    trial = ab_test.begin(Registry(state.mlflow), 2, 0.5, 3, NOW)
    drawn = [viewer for viewer in VIEWERS if trial.draws(viewer)][:3]
    other = next(viewer for viewer in VIEWERS if not trial.draws(viewer))
    made = [
        ("before", drawn[0], "recommender/2", NOW - 1),
        ("not-taken-up-yet", drawn[1], "recommender/1", NOW),
        ("challenger", drawn[2], "recommender/2", NOW),
        ("control", other, "recommender/1", NOW),
    ]
    served = pd.DataFrame(made, columns=["slate_id", "viewer_id", "model_version", "occurred_at"])
    served = served.assign(cycle=2, film_id="f1")
    told = pd.to_datetime(served["occurred_at"], unit="ms", utc=True)
    seen = served[["slate_id", "viewer_id", "film_id"]].assign(type="impression", source="app", occurred_at=told)
    write_deltalake(state.lake / "decisions" / "served", served)
    write_deltalake(state.lake / "silver" / "viewing", seen)
    assert ab_test.outcome(state, Registry(state.mlflow))[1].slates == (1, 1)


def test_it_begins_with_the_cycle_that_makes_slates_next(state: State) -> None:
    ledger = Ledger(state.cycles)
    assert ab_test.deciding(ledger) == 1
    number = ledger.open_or_resume()
    assert ab_test.deciding(ledger) == 1, "what became of the last decisions is looked at in the next cycle already"
    ledger.note(number, slates=9)
    assert ab_test.deciding(ledger) == 2
    ledger.close(number)
    assert ab_test.deciding(ledger) == 2


def test_where_nobody_has_looked_yet_nothing_is_decided(state: State) -> None:
    ab_test.begin(Registry(state.mlflow), 2, 0.5, 3, NOW)
    assert ab_test.outcome(state, Registry(state.mlflow))[1].verdict == "not decided yet"


def test_the_verbs_start_and_end_it(state: State) -> None:
    assert "recommender/2 is shown to 20% of the viewers from cycle 1 on" in told(state, "start", "2", "--share", "0.2")
    assert "it serves" in told(state, "end", "--promote")
    registry = Registry(state.mlflow)
    serving = registry.serving(FAMILY)
    assert serving is not None and serving.number == 2 and ab_test.standing(registry) is None


def test_what_cannot_be_tried_is_said(state: State) -> None:
    registry = Registry(state.mlflow)
    with pytest.raises(NothingThere, match="recommender/1 serves"):
        ab_test.begin(registry, 1, 0.5, 1, NOW)
    with pytest.raises(NothingThere, match="no trial runs"):
        ab_test.end(registry, promote=False)
    ab_test.begin(registry, 2, 0.5, 1, NOW)
    with pytest.raises(NothingThere, match="recommender/2 is on trial already"):
        ab_test.begin(registry, 2, 0.5, 1, NOW)


def test_without_anything_that_serves_there_is_no_trial(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.register(FAMILY, "popularity", 1, members()["popularity"]().fit(two_groups()).save)
    with pytest.raises(NothingServes):
        ab_test.begin(registry, 1, 0.5, 1, NOW)


def test_the_gate_promotes_nothing_meanwhile(state: State) -> None:
    context = Context(state)
    better = {"against": "what serves", "measure": "NDCG@10", "units": 9, "candidate": 1, "other": 0.1, "gain": 0.9}
    number = context.ledger.open_or_resume()
    model, measured = members()["popularity"]().fit(two_groups()), {"comparison": {**better, "low": 0.8, "high": 1.0}}
    version = context.registry.register(FAMILY, "popularity", 90, model.save, measured)
    ab_test.begin(context.registry, 2, 0.5, number, NOW)
    context.ledger.note(number, recommender=promote.candidate(version))
    decided = promote.decide(context, number, FAMILY)
    assert not decided["promoted"] and "recommender/2 is on trial" in decided["reason"]
    ab_test.end(context.registry, promote=False)
    assert promote.decide(context, number, FAMILY)["promoted"]


@pytest.mark.kafka
@pytest.mark.spark
@pytest.mark.timeout(1200)
def test_a_cycle_shows_each_arm_its_own_version(turned: Path, tmp_path: Path, spark: SparkSession) -> None:
    state = State.at(shutil.copytree(turned, tmp_path / "state"))
    context = Context(state)
    films = DeltaTable(state.lake / "features" / "film").to_pandas()["film_id"].head(30)
    watched = two_groups().assign(film_id=lambda rows: [films[n % 30] for n in range(len(rows))])
    rival = members()["popularity"]().fit(watched.drop_duplicates(["viewer_id", "film_id"]))
    version = context.registry.register(FAMILY, "popularity", 99, rival.save)
    trial = ab_test.begin(context.registry, version.number, 0.25, 2, NOW)
    assert [arm.served.version.name for arm in recommend.arms(context, 1, VIEWERS) if arm.served] == ["recommender/1"]
    DeltaTable(state.lake / "decisions" / "recommendations").delete("cycle = 2")  # or it would send what it decided
    with processes.broker(state):
        made = publish.slates(context, 2)
    names = {True: version.name, False: "recommender/1"}
    assert all(slate.model_version == names[trial.draws(slate.viewer_id)] for slate in made)
    assert 0.2 < sum(slate.model_version == version.name for slate in made) / len(made) < 0.3
    rows = DeltaTable(state.lake / "decisions" / "recommendations").to_pandas()
    assert set(rows[rows["cycle"] == 2]["model_version"]) == set(names.values())
    assert context.ledger.read(2)["rails"]["shown"]["coverage"] > 0.05
