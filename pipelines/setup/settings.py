"""The set-up's folders."""

from pathlib import Path

from streaming.settings import REPOSITORY

VENV = REPOSITORY / ".venv"
SETUP = REPOSITORY / ".setup"


def venv_python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / "bin" / "python"
