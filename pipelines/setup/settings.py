"""The set-up's folders and the environment variables that it reads."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
VENV = REPOSITORY / ".venv"
SETUP = REPOSITORY / ".setup"


def jars_root() -> Path:
    """The folder that holds `kafka/` and `spark/`: `CINELOOP_JARS`, or `.setup/jars`."""
    return Path(os.environ.get("CINELOOP_JARS", SETUP / "jars"))


def java_home() -> Path | None:
    """`JAVA_HOME`, if it is set."""
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else None


def venv_python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / "bin" / "python"
