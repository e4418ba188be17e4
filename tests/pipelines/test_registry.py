"""Versions, promotion and roll-back in a real MLflow registry."""

import json
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from pipelines.errors import NoEarlierVersion, NothingServes, NothingThere
from pipelines.registry import Registry
from pipelines.setup import registry as setup


def save(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps({"is": "here"}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The empty registry that the set-up has MLflow make."""
    place = tmp_path_factory.mktemp("setup") / setup.empty_registry(version("mlflow")).name
    setup.make(place)
    return place


@pytest.fixture(autouse=True)
def set_up(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "SETUP", made.parent)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return Registry(tmp_path_factory.mktemp("mlflow"))


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
    assert registry.serving_before("recommender", 2) == registry.version("recommender", 1)
    assert registry.rollback("recommender").number == 1
    serving = registry.serving("recommender")
    assert serving is not None and serving.number == 1
    assert (serving.folder / "model.json").exists()
    assert registry.version("recommender", second.number).aliases == ("previous",)
    with pytest.raises(NothingThere, match="models list"):
        registry.version("recommender", 9)


def test_the_state_folder_may_be_moved(registry: Registry, tmp_path: Path) -> None:
    registry.register("forecaster", "quantile_trees", 1, save)
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in registry.folder.rglob("*"):
        target = moved / path.relative_to(registry.folder)
        target.mkdir(parents=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    assert (Registry(moved).version("forecaster", 1).folder / "model.json").is_file()


def test_a_registry_begins_as_the_one_that_the_set_up_made(made: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(made)) as database, database:
        database.execute("update experiments set name = 'made by the set-up'")
    Registry(tmp_path).register("recommender", "als", 1, save)
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        assert database.execute("select name from experiments").fetchall() == [("made by the set-up",)]
    assert Registry(tmp_path).version("recommender", 1), "one that has begun is not begun again"
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["mlflow.db"]


def test_without_a_set_up_a_registry_is_made_here(made: Path, tmp_path: Path) -> None:
    made.unlink()
    assert Registry(tmp_path).register("recommender", "als", 1, save).number == 1
