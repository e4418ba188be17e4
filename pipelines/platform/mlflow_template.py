"""An empty model registry, kept beside the jars: MLflow makes one by all migrations of its history, in seconds."""

import os
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.platform.atomic_files import write_once
from pipelines.setup.settings import SETUP


def begin(database: Path) -> None:
    """Let a registry's database begin as a copy of the empty one, which is made where there is none yet.

    Where nothing may be kept, nothing happens: MLflow then makes the database itself. One that another process began at
    the same moment stays as it is.
    """
    kept = SETUP / f"mlflow-{version('mlflow')}.db"
    if not kept.exists():
        if not os.access(SETUP, os.W_OK):
            return
        _make(kept)
    write_once(database, kept.read_bytes())


def _make(kept: Path) -> None:
    from mlflow import MlflowClient

    with TemporaryDirectory(dir=SETUP) as passing:
        draft = Path(passing) / kept.name
        MlflowClient(tracking_uri=f"sqlite:///{draft}", registry_uri=f"sqlite:///{draft}")
        draft.rename(kept)
