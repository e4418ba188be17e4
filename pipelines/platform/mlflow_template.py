"""An empty MLflow database, kept in `.setup`: creating one runs all migrations of its schema, which takes seconds."""

import os
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.setup.settings import SETUP
from streaming.atomic_files import write_once


def begin(database: Path) -> None:
    """Copy the empty database to `database`, unless a file is there already; creates the template if missing.

    If `.setup` is not writable, nothing happens, and MLflow creates the database itself.
    """
    template = SETUP / f"mlflow-{version('mlflow')}.db"
    if not template.exists():
        if not os.access(SETUP, os.W_OK):
            return
        _create(template)
    write_once(database, template.read_bytes())


def _create(template: Path) -> None:
    from mlflow import MlflowClient

    with TemporaryDirectory(dir=SETUP) as folder:
        draft = Path(folder) / template.name
        MlflowClient(tracking_uri=f"sqlite:///{draft}", registry_uri=f"sqlite:///{draft}")
        draft.rename(template)
