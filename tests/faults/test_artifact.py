"""All that serves is torn or foreign, each in its way: the cycle decides by the last good version of each family."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.platform.context import Context
from pipelines.platform.ledger import Ledger
from pipelines.platform.model_registry import FAMILIES, Version
from tests.commands import cineloop
from tests.faults import decided
from tests.faults.conftest import Prover
from tests.faults.equality import equal
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(2400)]


def _largest(folder: Path, ends: str) -> Path:
    return max(folder.rglob(f"*{ends}"), key=lambda path: path.stat().st_size)


def _halved(ends: str) -> Callable[[Path], None]:
    def halve(folder: Path) -> None:
        file = _largest(folder, ends)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])

    return halve


def _without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _anothers(folder: Path) -> None:
    """A whole artifact, of another family."""
    other = next(each for each in folder.parents[1].iterdir() if each.name != folder.parent.name)
    shutil.rmtree(folder)
    shutil.copytree(next(other.iterdir()), folder)


_TEARS: dict[str, Callable[[Path], None]] = {
    "recommender": _halved(".safetensors"),
    "forecaster": _halved(".ubj"),
    "outlook-30": _halved(".json"),
    "market": shutil.rmtree,
    "judge": _without_manifest,
    "writer": _anothers,
}


def _successors(context: Context) -> list[Version]:
    """A new version of all that serves, which decides as it does, and does not serve yet."""
    serving = [found for family in FAMILIES if (found := context.registry.serving(family))]
    return [
        context.registry.register(old.family, old.member, 99, lambda folder, old=old: _copy(old.folder, folder), {})  # type: ignore[misc]
        for old in serving
    ]


def _copy(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder)


def _torn(context: Context) -> list[Version]:
    new = _successors(context)
    assert {version.family for version in new} == set(_TEARS)
    for version in new:
        context.registry.promote(version.family, version.number)
        _TEARS[version.family](version.folder)
    return new


def _fired(context: Context, torn: list[Version]) -> str:
    marked = [context.registry.version(version.family, version.number) for version in torn]
    assert all(version.torn and not version.aliases for version in marked)
    told = [record["torn"] for record in Ledger(context.state.cycles).records() if "torn" in record][-1]
    assert set(told) == {version.name for version in torn}
    return f"{len(torn)} versions that served are marked, and noted in the cycle's record: {', '.join(sorted(told))}"


def test_a_cycle_decides_by_the_last_good_version_of_each_family(
    turned: Path, tmp_path: Path, spark: SparkSession, prove: Prover
) -> None:
    undisturbed, context = (decided.copied(turned, tmp_path / name) for name in ("undisturbed", "state"))
    _successors(undisturbed)
    torn = _torn(context)
    for each in (undisturbed, context):
        decided.decide(each)
    prove(
        Fault.ARTIFACT,
        injected="half a safetensors, UBJ and JSON file, a folder and a manifest gone, another family's artifact",
        fired=_fired(context, torn),
        outcome=equal(context.state.root, undisturbed.state.root, ("decisions",)),
    )


@pytest.mark.soak
def test_a_whole_cycle_closes_with_the_last_good_versions(turned: Path, tmp_path: Path, prove: Prover) -> None:
    states = [Context(decided.State.at(shutil.copytree(turned, tmp_path / name))) for name in ("undisturbed", "state")]
    _successors(states[0])
    torn = _torn(states[1])
    for each in states:
        cineloop("run", "--once", "--cycles", "1", "--seed", "7", "--state", str(each.state.root))
        assert each.ledger.read(3)["closed"]
    prove(
        Fault.ARTIFACT,
        injected="the same before a whole cycle",
        fired=_fired(states[1], torn),
        outcome=equal(states[1].state.root, states[0].state.root),
    )
