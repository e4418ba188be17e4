"""Fetches jars and what they need with the Ivy that PySpark ships: nothing but Java is needed.

Ivy gets settings and a cache of its own. The user's own Maven cache is left alone: where that is half filled
(a description without its jar), Ivy believes it and fails.
"""

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipelines.setup.command import last_lines, say
from pipelines.setup.errors import SetupError
from pipelines.setup.settings import SETUP, java_home, venv_python

_SETTINGS = """\
<ivysettings>
  <property name="ivy.maven.lookup.sources" value="false" override="true"/>
  <property name="ivy.maven.lookup.javadoc" value="false" override="true"/>
  <settings defaultResolver="maven"/>
  <caches defaultCacheDir="{cache}"/>
  <resolvers><ibiblio name="maven" m2compatible="true" useMavenMetadata="false"/></resolvers>
</ivysettings>
"""
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


def pyspark_jars() -> Path:
    """The jars that PySpark ships.

    Raises:
        SetupError: the environment holds no PySpark.
    """
    site = venv_python().parent.parent / "lib"
    found = next(site.glob("python3.*/site-packages/pyspark/jars"), None)
    if found is None:
        raise SetupError(f"{site} holds no PySpark: `rm -r .venv` and run `make setup` again")
    return found


def artifact(jar: Path) -> str:
    """A jar's name without its version: `commons-pool2` of `commons-pool2-2.13.1.jar`."""
    return re.split(r"-(?=\d)", jar.stem, maxsplit=1)[0]


def fetch(name: str, coordinates: Sequence[str], without: Iterable[str], into: Path) -> None:
    """Put the jars of `coordinates` (`group:artifact:version`), and of all that they need, into a folder.

    `without`: artifacts that are to be had otherwise; they and what only they need are left out.

    Raises:
        SetupError: something could not be fetched; the message ends with Ivy's last lines.
    """
    work = SETUP / "ivy" / name
    shutil.rmtree(work, ignore_errors=True)  # what a killed fetch left: its cache may be half filled
    work.mkdir(parents=True)
    settings, module = work / "settings.xml", work / "module.xml"
    settings.write_text(_SETTINGS.format(cache=work / "cache"))
    module.write_text(_describe(coordinates, without))
    pattern = f"{into}/[artifact]-[revision](-[classifier]).[ext]"
    _run_ivy(name, ("-settings", settings, "-ivy", module, "-confs", "default", "-retrieve", pattern), work)
    shutil.rmtree(work)


def _describe(coordinates: Sequence[str], without: Iterable[str]) -> str:
    wanted = [_DEPENDENCY.format(*coordinate.split(":")) for coordinate in coordinates]
    excluded = [f'    <exclude module="{name}"/>' for name in sorted(set(without))]
    return _MODULE.format(dependencies="\n".join(wanted), exclusions="\n".join(excluded))


def _run_ivy(name: str, arguments: Sequence[str | Path], work: Path) -> None:
    home = java_home()
    java = home / "bin" / "java" if home else "java"
    ivy = next(pyspark_jars().glob("ivy-*.jar"))
    command = (java, *_JVM, f"-Divy.default.ivy.user.dir={work}", "-jar", ivy, *arguments)
    log = SETUP / "logs" / f"ivy-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as record:
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in _with_progress(name, running.stdout or ()):
            record.write(line)
    if running.wait() != 0:
        raise SetupError(
            f"Ivy could not fetch the jars for {name}:\n{last_lines(log)}\n"
            "With a network, run it again by `make setup`."
        )


def _with_progress(name: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines as they come, with word of every tenth jar."""
    fetched = 0
    for line in lines:
        yield line
        if "[SUCCESSFUL" in line:
            fetched += 1
            if fetched % 10 == 0:
                say(f"    {name}: {fetched} jars")
