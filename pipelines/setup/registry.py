"""An empty model registry, made once: MLflow makes one by all migrations of its history, which takes seconds."""

import os
import sys
from pathlib import Path

from pipelines.setup.command import run, step
from pipelines.setup.environment import locked
from pipelines.setup.settings import SETUP, venv_python


def empty_registry(mlflow: str) -> Path:
    """Where the empty database of a version of MLflow is, if it was made."""
    return SETUP / f"mlflow-{mlflow}.db"


def ensure() -> None:
    """Have the empty database of the locked MLflow, made in a process of its own: its migrations are global to one.

    Raises:
        SetupError: MLflow could not make it.
    """
    place = empty_registry(locked("mlflow").partition("==")[2])
    if place.exists():
        return
    draft = place.with_suffix(".partial")
    draft.unlink(missing_ok=True)  # what a killed set-up left
    with step("an empty model registry"):
        run("registry", (venv_python(), "-m", __name__, draft), {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})
    draft.rename(place)


def make(place: Path) -> None:
    """Let MLflow make an empty database; runs where MLflow is installed."""
    from mlflow import MlflowClient

    MlflowClient(tracking_uri=f"sqlite:///{place}", registry_uri=f"sqlite:///{place}")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
