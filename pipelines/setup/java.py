"""Finds a Java that Spark and Kafka run on, and installs one by apt where that is possible."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipelines.setup import apt
from pipelines.setup.command import SetupError, say, step
from streaming.settings import java_home

OLDEST = 17
_MODULE = "jdk.incubator.vector"  # required by Spark's launcher; a Java trimmed for size may lack it
_PACKAGES = tuple((f"openjdk-{version}-jre-headless",) for version in (17, 21, 25))


@dataclass(frozen=True)
class Java:
    """A Java that was found: its executable, its feature release, and what is wrong with it."""

    path: Path
    version: int | None
    complaint: str | None = None

    @property
    def fits(self) -> bool:
        """Whether Spark and Kafka run on it."""
        return self.version is not None and self.version >= OLDEST and self.complaint is None

    def __str__(self) -> str:
        release = f"Java {self.version}" if self.version else "no Java that answers"
        return f"{release} at {self.path}" + (f" ({self.complaint})" if self.complaint else "")


def ensure() -> None:
    """Find a suitable Java, or install one if `JAVA_HOME` is not set.

    Raises:
        SetupError: there is none and we cannot install one; the message holds the command that does, or apt failed.
    """
    java = find()
    if not (java and java.fits) and java_home() is None and apt.can_install():
        with step("Java, by apt"):
            apt.install(*_PACKAGES)
        java = find()
        say(f"  ✓ {java}")
    if java is None or not java.fits:
        raise unfit(java)


def find() -> Java | None:
    """The Java that Spark will use: that of `JAVA_HOME` if it is set, else the first on the path, else None."""
    home, on_path = java_home(), shutil.which("java")
    place = home / "bin" / "java" if home else on_path
    return inspect(Path(place)) if place else None


def inspect(java: Path) -> Java:
    """Ask an executable which Java it is."""
    if not java.exists():
        return Java(java, None)
    complete = _run_java(java, f"--add-modules={_MODULE}", "-version")
    if complete.returncode == 0:
        return Java(java, parse_version(complete.stdout))
    version = parse_version(_run_java(java, "-version").stdout)
    lacks_module = version is not None and version >= OLDEST
    return Java(java, version, f"without its module {_MODULE}" if lacks_module else None)


def parse_version(output: str) -> int | None:
    """The feature release in the output of `java -version`: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`."""
    found = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(found[1]) if found else None


def unfit(java: Java | None) -> SetupError:
    """The error for a Java that does not fit, or for none: what was found, what is needed, how to install it."""
    found = f"found {java}" if java else "found no Java on the path, and JAVA_HOME is not set"
    needed = f"Spark and Kafka need Java {OLDEST} or newer, with its module {_MODULE}"
    cure = apt.advice(_PACKAGES[0][0], f"install any OpenJDK of {OLDEST} or newer, and set JAVA_HOME to its folder")
    if java_home() is not None:
        return SetupError(f"JAVA_HOME: {found}. {needed}: unset it, or set it to such a Java. To install one: {cure}")
    return SetupError(f"{found}. {needed}. To install one: {cure}")


def _run_java(java: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((java, *options), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
