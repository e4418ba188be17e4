"""Versions, promotion and roll-back in a real MLflow registry."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipelines import empty_registry
from pipelines.errors import NoEarlierVersion, NothingServes, NothingThere
from pipelines.registry import Registry


def save(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "model.json").write_text(json.dumps({"is": "here"}))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where an empty registry may be kept."""
    return tmp_path_factory.mktemp("setup")


@pytest.fixture(autouse=True)
def set_up(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(empty_registry, "SETUP", kept)


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


def test_a_registry_begins_as_the_empty_one_that_the_first_made(kept: Path, tmp_path: Path) -> None:
    Registry(tmp_path / "first").register("recommender", "als", 1, save)
    (empty,) = kept.iterdir()
    with closing(sqlite3.connect(empty)) as database, database:
        assert database.execute("select count(*) from registered_models").fetchone() == (0,)
        database.execute("update experiments set name = 'kept'")
    Registry(tmp_path / "second").register("recommender", "als", 1, save)
    with closing(sqlite3.connect(tmp_path / "second" / "mlflow.db")) as database:
        assert database.execute("select name from experiments").fetchall() == [("kept",)]
    assert Registry(tmp_path / "second").version("recommender", 1), "one that has begun is not begun again"
    assert [file.name for file in (tmp_path / "second").iterdir() if file.is_file()] == ["mlflow.db"]


def test_where_nothing_may_be_kept_a_registry_is_made_as_well(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(empty_registry, "SETUP", kept / "nowhere")
    assert Registry(tmp_path).register("recommender", "als", 1, save).number == 1
