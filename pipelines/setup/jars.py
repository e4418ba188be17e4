"""The broker's jars, and those that Spark needs beyond its own: fetched once, so that runs start offline.

They are fetched by the Ivy that PySpark ships, with a cache of its own: a user's Maven cache may hold a description
without its jar, which Ivy trusts and fails.
"""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.setup.command import SETUP, VENV, SetupError, fingerprint, run, step
from streaming.settings import jars_root, java_command

_MANIFEST = "manifest.json"
_MODULE = """\
<ivy-module version="2.0">
  <info organisation="cineloop" module="jars"/>
  <configurations><conf name="default"/></configurations>
  <dependencies>
{dependencies}
{exclusions}
  </dependencies>
</ivy-module>
"""
_DEPENDENCY = '    <dependency org="{}" name="{}" rev="{}" conf="default"/>'
_JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_NO_SOURCES = ("-Divy.maven.lookup.sources=false", "-Divy.maven.lookup.javadoc=false")


@dataclass(frozen=True)
class JarSet:
    """A folder of jars: the coordinates (`group:artifact:version`) whose jars and dependencies it holds."""

    name: str
    coordinates: tuple[str, ...]
    on_pyspark: bool = False  # leaves out what PySpark ships

    @property
    def pins(self) -> str:
        """A fingerprint of the coordinates."""
        return fingerprint(*self.coordinates)


BROKER = JarSet("kafka", ("org.apache.kafka:kafka_2.13:4.3.0", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"))
SPARK = JarSet(
    "spark",
    ("org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0", "io.delta:delta-spark_4.2_2.13:4.4.0"),
    on_pyspark=True,
)
JAR_SETS = (BROKER, SPARK)


def ensure() -> None:
    """Fetch the jars that are missing from the network into their folders.

    Raises:
        SetupError: some could not be fetched.
    """
    for jars in JAR_SETS:
        if not is_complete(jars_root() / jars.name, jars.pins):
            with step(f"jars for {jars.name}"):
                fill(jars, jars_root())


def is_complete(folder: Path, pins: str) -> bool:
    """Whether files say that the folder was filled completely from these pins, and every jar still has its size."""
    manifest = folder / _MANIFEST
    if not manifest.exists():
        return False
    kept = json.loads(manifest.read_text())
    return bool(kept["pins"] == pins and kept["jars"] == _jar_sizes(folder))


def fetch(jars: JarSet, into: Path) -> None:
    """Fetch the jars of a set and all their dependencies from the network into a folder.

    Raises:
        SetupError: something could not be fetched; the message ends with Ivy's last lines.
    """
    work = SETUP / "ivy" / jars.name
    shutil.rmtree(work, ignore_errors=True)  # a killed fetch may leave a half-filled cache
    work.mkdir(parents=True)
    module = work / "module.xml"
    shipped = [artifact(jar) for jar in _pyspark_jars().glob("*.jar")] if jars.on_pyspark else []
    module.write_text(_ivy_module_of(jars.coordinates, shipped))
    ivy = next(_pyspark_jars().glob("ivy-*.jar"))
    java = (java_command(), *_JVM, *_NO_SOURCES, f"-Divy.default.ivy.user.dir={work}")
    pattern = f"{into}/[artifact]-[revision](-[classifier]).[ext]"
    run(f"ivy-{jars.name}", (*java, "-jar", ivy, "-ivy", module, "-confs", "default", "-retrieve", pattern))
    shutil.rmtree(work)


def fill(jars: JarSet, root: Path, fetch: Callable[[JarSet, Path], None] = fetch) -> None:
    """Fetch a set into a folder beside its own and rename that when complete, so that a killed fetch is redone."""
    partial, final = root / f"{jars.name}.partial", root / jars.name
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    fetch(jars, partial)
    (partial / _MANIFEST).write_text(json.dumps({"pins": jars.pins, "jars": _jar_sizes(partial)}, indent=1))
    shutil.rmtree(final, ignore_errors=True)
    partial.rename(final)


def artifact(jar: Path) -> str:
    """A jar's name without its version: `commons-pool2` of `commons-pool2-2.13.1.jar`."""
    return re.split(r"-(?=\d)", jar.stem, maxsplit=1)[0]


def _jar_sizes(folder: Path) -> dict[str, int]:
    return {jar.name: jar.stat().st_size for jar in folder.glob("*.jar")}


def _ivy_module_of(coordinates: Sequence[str], without: Sequence[str]) -> str:
    dependencies = [_DEPENDENCY.format(*coordinate.split(":")) for coordinate in coordinates]
    exclusions = [f'    <exclude module="{name}"/>' for name in sorted(set(without))]
    return _MODULE.format(dependencies="\n".join(dependencies), exclusions="\n".join(exclusions))


def _pyspark_jars() -> Path:
    found = next(VENV.glob("lib/python3.*/site-packages/pyspark/jars"), None)
    if found is None:
        raise SetupError(f"{VENV} holds no PySpark: `rm -r .venv` and run `make setup` again")
    return found
