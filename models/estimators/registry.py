"""The estimators by name: a model is a member because its file is in this folder."""

from pathlib import Path

import models.estimators
from models.base.discovery import discover, load
from models.estimators.protocol import Estimator


def members() -> dict[str, type[Estimator]]:
    """All estimators by their names, sorted."""
    return discover(models.estimators, "contributions")


def load_estimator(folder: Path) -> Estimator:
    """The estimator saved at `folder`, of whatever model wrote it.

    Raises:
        BadArtifact: the folder is torn or foreign.
        UnknownModel: the artifact's model is no member of this family.
    """
    model: Estimator = load(folder, members(), "estimators")
    return model
