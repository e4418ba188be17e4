"""The recommenders by name: a model is a member because its file is in this folder."""

from pathlib import Path
from typing import Any

import models.recommenders
import models.recommenders.exports
from models.base.discovery import discover, load
from models.recommenders.protocol import Recommender


def members() -> dict[str, type[Recommender]]:
    """All recommenders by their names, sorted."""
    return discover(models.recommenders, "recommend")


def exports() -> dict[str, type[Recommender]]:
    """All forms of members that only serve, by their names, sorted."""
    return discover(models.recommenders.exports, "recommend")


def made(name: str, **settings: Any) -> Recommender:
    """A member that has learned nothing; settings go to it and to those of its parts that have them."""
    model = members()[name]()
    for each in (model, *getattr(model, "parts", ())):
        for setting, value in settings.items():
            if hasattr(each, setting):
                setattr(each, setting, value)
    return model


def load_recommender(folder: Path) -> Recommender:
    """The recommender saved at `folder`, of whatever member or export wrote it.

    Raises:
        BadArtifact: the folder is torn or foreign.
        UnknownModel: the artifact's model is neither.
    """
    model: Recommender = load(folder, {**members(), **exports()}, "recommenders")
    return model
