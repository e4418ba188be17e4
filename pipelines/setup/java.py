"""Finds a Java that Spark and Kafka run on, and installs one where it may."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pipelines.setup.command import say, step
from pipelines.setup.errors import SetupError
from pipelines.setup.settings import SETUP, java_home
from pipelines.setup.stamp import Stamp, fingerprint
from pipelines.setup.system_packages import advice, can_install, install

OLDEST = 17
# Spark's launcher asks for it, and a Java that was trimmed for size may lack it.
_MODULE = "jdk.incubator.vector"
_DEBIAN = tuple((f"openjdk-{version}-jre-headless",) for version in (17, 21, 25))
_ELSEWHERE = {
    "brew": 'openjdk@17 && export JAVA_HOME="$(brew --prefix openjdk@17)/libexec/openjdk.jdk/Contents/Home"',
    "apt-get": "openjdk-17-jre-headless",
    "dnf": "java-21-openjdk-headless",
    "pacman": "jre17-openjdk-headless",
    "zypper": "java-17-openjdk-headless",
    "apk": "openjdk17-jre-headless",
}


@dataclass(frozen=True)
class Java:
    """A Java that was found: its executable, its feature release, and what it lacks."""

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


def find() -> Java | None:
    """The Java that Spark will take: `JAVA_HOME`'s if that is set, else the path's, else None."""
    home = java_home()
    place = home / "bin" / "java" if home else shutil.which("java")
    return inspect(Path(place)) if place else None


def inspect(java: Path) -> Java:
    """Ask an executable which Java it is."""
    if not java.exists():
        return Java(java, None)
    plain = _ask(java, "-version")
    version = parse_version(plain.stdout)
    if version is None or version < OLDEST:
        return Java(java, version)
    whole = _ask(java, f"--add-modules={_MODULE}", "-version").returncode == 0
    return Java(java, version, None if whole else f"without its module {_MODULE}")


def parse_version(said: str) -> int | None:
    """The feature release in what `java -version` says: 17 of `"17.0.15"`, 8 of `"1.8.0_402"`."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return int(found[1]) if found else None


def is_there() -> bool:
    """True if a fitting Java is found, False if there is none and `install_java` may bring one.

    Raises:
        SetupError: there is none and we may not install one; it holds the command for this system.
    """
    stamp = Stamp(SETUP / "stamps" / "java")
    if stamp.matches(_identity()):
        return True
    java = find()
    if java is not None and java.fits:
        say(f"  ✓ {java}")
        stamp.write(_identity())
        return True
    if java_home() is not None or not can_install():
        raise unfit(java)
    return False


def install_java() -> None:
    """Install the oldest release that fits and is to be had, by apt.

    Raises:
        SetupError: apt failed, or the path still leads to another Java.
    """
    with step("Java, by apt"):
        install(_DEBIAN)
    if not is_there():
        raise unfit(find())


def unfit(java: Java | None) -> SetupError:
    """What to say of a Java that does not do, or of none: seen, wanted, cure."""
    seen = f"found {java}" if java else "found no Java on the path, and JAVA_HOME is not set"
    cure = f"To install one: {advice(_ELSEWHERE) or 'take any OpenJDK, and set JAVA_HOME to its folder'}"
    wanted = f"Spark and Kafka need Java {OLDEST} or newer, with its module {_MODULE}"
    if java_home() is not None:
        return SetupError(f"JAVA_HOME: {seen}. {wanted}: unset it, or set it to such a Java. {cure}")
    return SetupError(f"{seen}. {wanted}. {cure}")


def _identity() -> str:
    """Changes with the Java that would be found; costs no start of it."""
    home = java_home()
    place = home / "bin" / "java" if home else Path(shutil.which("java") or "no java")
    if not place.exists():
        return "absent"
    real = place.resolve()
    return fingerprint(str(real), str(real.stat().st_mtime_ns))


def _ask(java: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((java, *options), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
