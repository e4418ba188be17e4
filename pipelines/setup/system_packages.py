"""The system's own packages: installed by apt where we are root, else named in the command that does it."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress

from pipelines.setup.command import run
from pipelines.setup.errors import SetupError

_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")
_ONE_AT_A_TIME = threading.Lock()
_INSTALLERS = {
    "brew": "brew install",
    "apt-get": "sudo apt-get update && sudo apt-get install -y --no-install-recommends",
    "dnf": "sudo dnf install -y",
    "pacman": "sudo pacman -S --needed",
    "zypper": "sudo zypper install -y",
    "apk": "sudo apk add",
}


def can_install() -> bool:
    """Whether we may install by ourselves: as root, where apt is."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(candidates: Iterable[tuple[str, ...]]) -> None:
    """Install the first group of packages of which all are to be had, the last group if none is.

    Raises:
        SetupError: apt failed; its last lines are in the message.
    """
    with _ONE_AT_A_TIME:
        with suppress(SetupError):  # a third party's list may be out of reach, and nothing we want is on it
            run("apt-update", (*_APT, "update"))
        groups = list(candidates)
        group = next((group for group in groups if all(map(_available, group))), groups[-1])
        quietly = ("env", "DEBIAN_FRONTEND=noninteractive", *_APT)
        run(f"apt-{group[0]}", (*quietly, "install", "-y", "--no-install-recommends", *group))


def advice(names: Mapping[str, str]) -> str | None:
    """The command that installs a package here, by the first known installer on the path; None if none is."""
    installer = next((tool for tool in _INSTALLERS if tool in names and shutil.which(tool)), None)
    return f"{_INSTALLERS[installer]} {names[installer]}" if installer else None


def _available(package: str) -> bool:
    shown = subprocess.run(("apt-cache", "show", package), capture_output=True, check=False)
    return shown.returncode == 0 and bool(shown.stdout)
