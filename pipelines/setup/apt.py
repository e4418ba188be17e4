"""System packages: installed by apt if we are root, else named in the command that installs them."""

import os
import shutil
import subprocess
from contextlib import suppress

from pipelines.setup.command import SetupError, run

_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0")


def can_install() -> bool:
    """Whether this process can install packages: it is root, and apt exists."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*candidates: tuple[str, ...]) -> None:
    """Install the first group of packages that are all available, the last group if none is.

    Raises:
        SetupError: apt failed; its last lines are in the message.
    """
    with suppress(SetupError):  # a third party's package list may be out of reach, and we need none of its packages
        run("apt-update", (*_APT, "update"))
    group = next((group for group in candidates if all(map(_is_available, group))), candidates[-1])
    command = ("env", "DEBIAN_FRONTEND=noninteractive", *_APT, "install", "-y", "--no-install-recommends", *group)
    run(f"apt-{group[0]}", command)


def advice(package: str, elsewhere: str) -> str:
    """The command that installs a package where apt exists, else what to do `elsewhere`."""
    apt = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {package}"
    return apt if shutil.which("apt-get") else elsewhere


def _is_available(package: str) -> bool:
    shown = subprocess.run(("apt-cache", "show", package), capture_output=True, check=False)
    return shown.returncode == 0 and bool(shown.stdout)
