"""The virtual environment: made by the system's Python, filled by a pinned uv from requirements.lock."""

import importlib.util
import sys
from pathlib import Path

from pipelines.setup.command import run, step
from pipelines.setup.errors import SetupError
from pipelines.setup.settings import REPOSITORY, SETUP, VENV, venv_python
from pipelines.setup.stamp import Stamp, fingerprint
from pipelines.setup.system_packages import advice, can_install, install

UV = "uv==0.13.9"
LOCK = REPOSITORY / "requirements.lock"
# PySpark comes as source, 450 MB of jars: packing them into a wheel only to unpack them takes 20 s longer.
_UNPACKED = ("--config-settings-package", "pyspark:--build-option=--compression=stored")
_PROJECT = REPOSITORY / "pyproject.toml"
_STAMPS = {name: Stamp(SETUP / "stamps" / name) for name in ("venv", "packages", "project")}


def ensure_venv() -> None:
    """Have `.venv`, with nothing in it but uv.

    Raises:
        SetupError: Python cannot make environments, or uv could not be fetched.
    """
    if venv_python().exists() and _STAMPS["venv"].matches(_venv_fingerprint()):
        return
    for stamp in _STAMPS.values():
        stamp.clear()
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv_module()
    with step(f"virtual environment, Python {_release()}"):
        run("venv", (sys.executable, "-m", "venv", "--clear", VENV))
        run("uv", (venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV))
    _STAMPS["venv"].write(_venv_fingerprint())


def ensure_pyspark() -> None:
    """Have PySpark before all else: in it is what fetches the jars, which can go on beside the other packages.

    Raises:
        SetupError: it could not be fetched.
    """
    if not _STAMPS["packages"].matches(packages_fingerprint()):
        locked = next(line for line in LOCK.read_text().splitlines() if line.startswith("pyspark=="))
        with step("PySpark"):
            run("pyspark", (*_uv("install"), *_UNPACKED, "--no-deps", locked))


def ensure_packages() -> None:
    """Have all locked packages and no others, and the `cineloop` command.

    Raises:
        SetupError: a package could not be fetched.
    """
    if not _STAMPS["packages"].matches(packages_fingerprint()):
        with step("Python packages (the first time about a minute)"):
            run("packages", (*_uv("sync"), *_UNPACKED, LOCK))
        _STAMPS["packages"].write(packages_fingerprint())
        _STAMPS["project"].clear()  # to uv, what is not in the lock is not wanted: Cineloop itself is gone
    if not _STAMPS["project"].matches(fingerprint(_PROJECT.read_bytes())):
        with step("the cineloop command"):
            run("project", (*_uv("install"), "--no-deps", "--editable", REPOSITORY))
        _STAMPS["project"].write(fingerprint(_PROJECT.read_bytes()))


def packages_fingerprint() -> str:
    """What the environment's packages are made from."""
    return fingerprint(LOCK.read_bytes())


def _install_venv_module() -> None:
    """Debian's Python comes without what makes environments."""
    if can_install():
        with step("python3-venv, by apt"):
            install([(f"python{_release()}-venv",), ("python3-venv",)])
        return
    cure = advice({"apt-get": f"python{_release()}-venv"}) or "take a Python with its ensurepip module"
    raise SetupError(f"{sys.executable} lacks ensurepip, so it cannot make a virtual environment: {cure}")


def _uv(verb: str) -> tuple[str | Path, ...]:
    return (VENV / "bin" / "uv", "pip", verb, "--python", venv_python())


def _release() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _venv_fingerprint() -> str:
    # Scripts in an environment name its place: a moved or copied one must be made anew.
    return fingerprint(str(VENV), UV)
