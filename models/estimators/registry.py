"""The estimators by name: a model is a member because its file is in this folder."""

from pathlib import Path

import models.estimators
from models.artifact import model_name
from models.discovery import discover
from models.errors import UnknownModel
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
    known, name = members(), model_name(folder)
    if name not in known:
        raise UnknownModel(f"{folder} was saved by {name!r}; the estimators are {', '.join(known)}.")
    return known[name].load(folder)
