"""The virtual environment: created by the system's Python, filled by a pinned uv from requirements.lock."""

import importlib.util
import sys
from pathlib import Path

from pipelines.setup import apt
from pipelines.setup.command import SETUP, VENV, SetupError, fingerprint, run, step
from streaming.settings import REPOSITORY

UV = "uv==0.13.9"
STAMPS = SETUP / "stamps"  # what each finished step was made from
LOCK = REPOSITORY / "requirements.lock"
# PySpark comes as source with 450 MB of jars: compressing them into a wheel takes 20 s.
_UNCOMPRESSED = ("--config-settings-package", "pyspark:--build-option=--compression=stored")
_PYTHON = VENV / "bin" / "python"
_RELEASE = f"{sys.version_info.major}.{sys.version_info.minor}"


def ensure() -> None:
    """Install `.venv` with all locked packages, no others, and the `cineloop` command.

    Raises:
        SetupError: Python cannot create environments, or a package could not be fetched.
    """
    STAMPS.mkdir(exist_ok=True)
    created, filled = STAMPS / "venv", STAMPS / "packages"
    creation = fingerprint(str(VENV), UV)  # the scripts inside name the folder: a moved one must be created anew
    if not (_PYTHON.exists() and _stamp_says(created, creation)):
        filled.unlink(missing_ok=True)
        _create_venv()
        created.write_text(creation)
    content = fingerprint(LOCK.read_bytes(), (REPOSITORY / "pyproject.toml").read_bytes())
    if not _stamp_says(filled, content):
        uv, python = (VENV / "bin" / "uv", "pip"), ("--python", _PYTHON)
        with step("Python packages (about a minute the first time)"):
            run("packages", (*uv, "sync", *python, "--compile-bytecode", *_UNCOMPRESSED, LOCK))
        with step("the cineloop command"):
            run("project", (*uv, "install", *python, "--no-deps", "--editable", REPOSITORY))
        filled.write_text(content)


def _stamp_says(stamp: Path, made_from: str) -> bool:
    return stamp.exists() and stamp.read_text() == made_from


def _create_venv() -> None:
    """Make a new `.venv` with uv in it, in place of any other."""
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv_module()
    with step(f"virtual environment, Python {_RELEASE}"):
        run("venv", (sys.executable, "-m", "venv", "--clear", VENV))
        run("uv", (_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV))


def _install_venv_module() -> None:
    """Install by apt the module that creates environments, which Debian's Python lacks."""
    package = f"python{_RELEASE}-venv"
    if not apt.can_install():
        cure = apt.advice(package, "use a Python that has its module ensurepip")
        raise SetupError(f"{sys.executable} lacks ensurepip, so it cannot create a virtual environment: {cure}")
    with step("python3-venv, by apt"):
        apt.install((package,), ("python3-venv",))
