"""Versions, promotion and roll-back in a real MLflow registry, killed at any write, torn, and pruned."""

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient

from models.base import artifact
from models.base.errors import BadArtifact
from pipelines.platform import registry_index
from pipelines.platform.errors import Away, NoEarlierVersion, NothingServes, NothingThere
from pipelines.platform.model_registry import Registry

FAMILY = "recommender"
_WRITES = ("set_registered_model_alias", "delete_registered_model_alias", "set_registered_model_tag")


def saved(is_: str) -> Callable[[Path], None]:
    """What saves a model that is a word."""

    def save(folder: Path) -> None:
        with artifact.writing(folder, "word") as files:
            files.write_json("model", is_)

    return save


def word(folder: Path) -> Any:
    return artifact.reading(folder, "word").read_json("model")


save = saved("here")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def three(tmp_path: Path) -> Registry:
    """Versions 1, 2 and 3; 1 has served, and 2 serves."""
    registry = Registry(tmp_path)
    for cycle in (1, 2, 3):
        registry.register(FAMILY, "als", cycle, saved(f"of cycle {cycle}"))
    registry.promote(FAMILY, 1)
    registry.promote(FAMILY, 2)
    return registry


def serving(registry: Registry) -> int:
    version = registry.serving(FAMILY)
    assert version is not None
    return version.number


def killed_at_a_write(folder: Path, act: Callable[[Registry], object]) -> None:
    """Let a process act on the registry, and die right after the first write that moves what serves."""

    def die() -> None:
        for name in _WRITES:
            setattr(MlflowClient, name, _dying(getattr(MlflowClient, name)))
        act(Registry(folder))

    process = multiprocessing.get_context("fork").Process(target=die)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, "it died in mid-course"


def _dying(write: Callable[..., object]) -> Callable[..., None]:
    def write_and_die(*arguments: object, **named: object) -> None:
        write(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    return write_and_die


def test_promotion_and_rollback_move_one_pointer(registry: Registry) -> None:
    with pytest.raises(NothingServes, match="cineloop run"):
        registry.rollback("recommender")
    first = registry.register("recommender", "als", 1, save, **{"ndcg@10": 0.1})
    again = registry.register("recommender", "als", 1, save)
    assert again.number == first.number == 1, "a repeated cycle has the version that it made"
    assert first.tags["ndcg_at_10"] == "0.1"
    second = registry.register("recommender", "als", 2, save)
    assert registry.serving("recommender") is None
    registry.promote("recommender", 1)
    with pytest.raises(NoEarlierVersion):
        registry.rollback("recommender")
    registry.promote("recommender", 2)
    assert registry.served("recommender", before=2) == [registry.version("recommender", 1)]
    assert registry.rollback("recommender").number == 1
    now = registry.serving("recommender")
    assert now is not None and now.number == 1
    assert (now.folder / "model.json").exists()
    assert registry.version("recommender", second.number).aliases == ("previous",)
    with pytest.raises(NothingThere, match="models list"):
        registry.version("recommender", 9)


def test_a_promotion_that_is_killed_is_done_or_not_begun(three: Registry) -> None:
    killed_at_a_write(three.folder, lambda registry: registry.promote(FAMILY, 3))
    assert serving(three) == 3
    assert three.rollback(FAMILY).number == 2, "what served before serves again"


def test_a_rollback_that_is_killed_can_be_taken_back(three: Registry) -> None:
    killed_at_a_write(three.folder, lambda registry: registry.rollback(FAMILY))
    assert serving(three) == 1
    assert three.rollback(FAMILY).number == 2


def test_numbers_stay_with_the_artifact_that_they_were_measured_on(three: Registry) -> None:
    first = three.register(FAMILY, "als", 4, saved("first"), {"comparison": {"candidate": 0.1}}, ndcg=0.1)
    again = three.register(FAMILY, "als", 4, saved("on newer data"), {"comparison": {"candidate": 0.9}}, ndcg=0.9)
    assert again == first and again.note == {"comparison": {"candidate": 0.1}} and again.tags["ndcg"] == "0.1"
    assert word(again.folder) == "first"


def test_a_version_of_the_cycle_that_is_torn_is_made_anew_in_a_place_of_its_own(three: Registry) -> None:
    torn = three.register(FAMILY, "als", 4, saved("first"), {"measured": 1})
    (torn.folder / "model.json").write_text('"fir')
    assert three.made(FAMILY, 4) is None
    anew = three.register(FAMILY, "als", 4, saved("second"), {"measured": 2})
    assert anew.number == torn.number + 1 and anew.folder != torn.folder
    assert anew.note == {"measured": 2} and three.made(FAMILY, 4) == anew
    assert "torn" in (three.version(FAMILY, torn.number).torn or "")


def _truncated(folder: Path) -> None:
    (folder / "model.json").write_text('"of')


def _without_its_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _anothers(folder: Path) -> None:
    shutil.rmtree(folder)
    saved("somebody else's, and whole")(folder)


@pytest.mark.parametrize("break_", [shutil.rmtree, _truncated, _without_its_manifest, _anothers])
def test_where_what_serves_is_torn_or_foreign_what_served_before_serves(
    three: Registry, break_: Callable[[Path], None]
) -> None:
    told: list[str] = []
    registry = Registry(three.folder, lambda version, reason: told.append(f"{version.name}: {reason}"))
    break_(registry.version(FAMILY, 2).folder)
    found = registry.loaded(FAMILY, word)
    assert found is not None and (found[0].number, found[1]) == (1, "of cycle 1")
    assert [line.partition(":")[0] for line in told] == ["recommender/2"]
    again = Registry(three.folder, lambda version, reason: told.append(reason)).loaded(FAMILY, word)
    assert again is not None and again[0].number == 1 and len(told) == 1, "it is marked, and not tried again"
    assert serving(registry) == 1 and registry.version(FAMILY, 2).torn
    registry.promote(FAMILY, 3)
    assert registry.rollback(FAMILY).number == 1, "and never rolled back to"
    with pytest.raises(BadArtifact):
        registry.promote(FAMILY, 2)


def test_a_version_that_was_restored_serves_when_it_is_promoted_by_hand(three: Registry) -> None:
    model = three.version(FAMILY, 2).folder / "model.json"
    whole = model.read_bytes()
    model.write_bytes(b"")
    assert three.loaded(FAMILY, word) is not None and serving(three) == 1
    model.write_bytes(whole)
    three.promote(FAMILY, 2)
    assert serving(three) == 2 and three.version(FAMILY, 2).torn is None


def test_where_all_are_torn_nothing_serves(three: Registry) -> None:
    for number in (1, 2):
        shutil.rmtree(three.version(FAMILY, number).folder)
    assert three.loaded(FAMILY, word) is None and three.serving(FAMILY) is None


def test_a_registry_without_its_artifacts_or_its_database_is_away_and_condemns_nobody(three: Registry) -> None:
    artifacts, elsewhere = three.folder / "artifacts", three.folder / "elsewhere"
    artifacts.rename(elsewhere)
    with pytest.raises(Away, match="artifacts is away"):
        three.loaded(FAMILY, word)
    elsewhere.rename(artifacts)
    found = three.loaded(FAMILY, word)
    assert found is not None and found[0].number == 2
    (three.folder / "mlflow.db").rename(three.folder / "elsewhere.db")
    with pytest.raises(Away, match=r"mlflow\.db is away"):
        Registry(three.folder).serving(FAMILY)


def test_pruning_keeps_what_serves_served_before_is_on_trial_is_named_or_is_new(three: Registry) -> None:
    for cycle in range(4, 9):
        three.register(FAMILY, "als", cycle, saved(f"of cycle {cycle}"))
    three.challenge(FAMILY, 5)
    folders = {version.number: version.folder for version in three.versions(FAMILY)}
    assert three.prune({"recommender/4"}, last=2) == ["recommender/3", "recommender/6"]
    assert [version.number for version in three.versions(FAMILY)] == [1, 2, 4, 5, 7, 8]
    assert {number for number, folder in folders.items() if folder.exists()} == {1, 2, 4, 5, 7, 8}
    assert three.prune({"recommender/4"}, last=2) == []
    assert three.register(FAMILY, "als", 9, save).number == 9, "a number is never given twice"
    assert three.rollback(FAMILY).number == 1


def test_the_state_folder_may_be_moved(registry: Registry, tmp_path: Path) -> None:
    registry.register("forecaster", "quantile_trees", 1, save)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in registry.folder.rglob("*"):
        target = moved / path.relative_to(registry.folder)
        target.mkdir(parents=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    version = Registry(moved).version("forecaster", 1)
    assert json.loads((version.folder / "model.json").read_text()) == "here"


def test_a_registry_is_made_whole_and_once(tmp_path: Path) -> None:
    Registry(tmp_path).register("recommender", "als", 1, save)
    begun = Registry(tmp_path).version("recommender", 1)
    assert (begun.member, begun.cycle) == ("als", 1), "one that has begun is not begun again"
    files = {file.name for file in tmp_path.iterdir() if file.is_file()}
    assert files == {"mlflow.db", "index.json"}, "no draft stays"


def test_what_was_read_once_is_read_again_without_mlflow(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.promote("recommender", registry.register("recommender", "als", 1, save, ndcg=0.1).number)
    told = registry.versions("recommender")
    program = (
        "import sys, pathlib; from pipelines.platform.model_registry import Registry\n"
        f"print(Registry(pathlib.Path({str(tmp_path)!r})).versions('recommender'))\n"
        "assert 'mlflow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(told) and told[0].aliases == ("serving",)


def test_a_write_past_the_index_is_seen(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.register("recommender", "als", 1, save)
    assert "told" not in registry.version("recommender", 1).tags
    address = f"sqlite:///{tmp_path / 'mlflow.db'}"
    MlflowClient(address, address).set_model_version_tag("recommender", "1", "told", "by another")
    assert registry.version("recommender", 1).tags["told"] == "by another"
    (tmp_path / "index.json").write_text("{")
    assert registry.version("recommender", 1).tags["told"] == "by another", "a torn index is made anew"


def test_an_unsettled_transaction_leaves_nothing_to_go_by(tmp_path: Path) -> None:
    Registry(tmp_path).register("recommender", "als", 1, save)
    assert registry_index.change_counter(tmp_path / "mlflow.db")
    (tmp_path / "mlflow.db-journal").touch()
    assert registry_index.change_counter(tmp_path / "mlflow.db") is None
