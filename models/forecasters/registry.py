"""The forecasters by name: a model is a member because its file is in this folder."""

from pathlib import Path

import models.forecasters
from models.base.discovery import discover, load
from models.forecasters.protocol import Forecaster


def members() -> dict[str, type[Forecaster]]:
    """All forecasters by their names, sorted."""
    return discover(models.forecasters, "forecast")


def load_forecaster(folder: Path) -> Forecaster:
    """The forecaster saved at `folder`, of whatever model wrote it.

    Raises:
        BadArtifact: the folder is torn or foreign.
        UnknownModel: the artifact's model is no member of this family.
    """
    model: Forecaster = load(folder, members(), "forecasters")
    return model
