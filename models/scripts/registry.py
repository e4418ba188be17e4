"""The writers by name: a model is a member because its file is in this folder."""

from pathlib import Path

import models.scripts
from models.base.discovery import discover, load
from models.scripts.protocol import Writer


def members() -> dict[str, type[Writer]]:
    """All writers that are trained here, by their names, sorted."""
    return discover(models.scripts, "fit")


def load_writer(folder: Path) -> Writer:
    """The writer saved at `folder`, of whatever model wrote it.

    Raises:
        BadArtifact: the folder is torn or foreign.
        UnknownModel: the artifact's model is no member of this family.
    """
    writer: Writer = load(folder, members(), "writers")
    return writer
