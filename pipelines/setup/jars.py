"""The broker's jars, and those that Spark needs beyond its own: fetched once, so that runs start offline."""

import json
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipelines.setup.command import step
from pipelines.setup.ivy import artifact, fetch, pyspark_jars
from pipelines.setup.settings import jars_root
from pipelines.setup.stamp import fingerprint

_MANIFEST = "manifest.json"


def _nothing() -> tuple[str, ...]:
    return ()


def _shipped_by_pyspark() -> tuple[str, ...]:
    return tuple(artifact(jar) for jar in pyspark_jars().glob("*.jar"))


@dataclass(frozen=True)
class JarSet:
    """A folder of jars: what it is made from, and the artifacts that it does without."""

    name: str
    coordinates: tuple[str, ...]
    without: Callable[[], tuple[str, ...]] = _nothing

    @property
    def pins(self) -> str:
        """Changes with the versions."""
        return fingerprint(*self.coordinates)


BROKER = JarSet("kafka", ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"))
SPARK = JarSet(
    "spark",
    ("org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0", "io.delta:delta-spark_4.2_2.13:4.4.0"),
    _shipped_by_pyspark,
)
JAR_SETS = (BROKER, SPARK)
Fetch = Callable[[str, tuple[str, ...], Iterable[str], Path], None]


def is_complete(folder: Path, pins: str) -> bool:
    """Whether the folder was filled to its end from these pins, and every jar still has its size."""
    manifest = folder / _MANIFEST
    if not manifest.exists():
        return False
    kept = json.loads(manifest.read_text())
    present = {jar.name: jar.stat().st_size for jar in folder.glob("*.jar")}
    return bool(kept["pins"] == pins and kept["jars"] == present)


def ensure() -> None:
    """Have all jars.

    Raises:
        SetupError: some could not be fetched.
    """
    missing = [jars for jars in JAR_SETS if not is_complete(jars_root() / jars.name, jars.pins)]
    if not missing:
        return
    with step(f"jars for {' and '.join(jars.name for jars in missing)}"), ThreadPoolExecutor() as pool:
        list(pool.map(lambda jars: fill(jars, jars_root()), missing))


def fill(jars: JarSet, root: Path, fetch: Fetch = fetch) -> None:
    """Fetch one set beside its place, and move it there once whole, so that a killed fetch is redone."""
    partial, final = root / f"{jars.name}.partial", root / jars.name
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    fetch(jars.name, jars.coordinates, jars.without(), partial)
    sizes = {jar.name: jar.stat().st_size for jar in partial.glob("*.jar")}
    (partial / _MANIFEST).write_text(json.dumps({"pins": jars.pins, "jars": sizes}, indent=1))
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)


if __name__ == "__main__":
    ensure()
