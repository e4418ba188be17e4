"""Progress and checkpoints of a long training, so that a killed one can go on."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.base import artifact
from models.base.errors import BadArtifact

Tell = Callable[[str, int, int, float], None]
"""Called with what is trained, how many epochs (or steps) are done, of how many, and the mean loss in nats."""

_MODEL = "training"


def _nobody(what: str, done: int, total: int, loss: float) -> None:
    """Reports nothing."""


@dataclass(frozen=True)
class Journal:
    """Reports every epoch by `tell`, and keeps states in `folder`.

    States are kept by the recipe of the training (its settings and all that it reads): a training of the same
    recipe goes on where the last one stopped, and one that had ended is not repeated. Without a folder nothing
    is kept.
    """

    folder: Path | None = None
    tell: Tell = _nobody

    def keep(self, recipe: str, epochs: int, state: Mapping[str, np.ndarray]) -> None:
        """Write the state after so many epochs, then delete the one before; without a folder do nothing."""
        if self.folder is None:
            return
        earlier = self._states(recipe)
        with artifact.writing(self.folder / recipe / f"{epochs:06d}", _MODEL) as files:
            files.write_arrays("state", state)
        for folder in earlier:
            shutil.rmtree(folder)

    def kept(self, recipe: str) -> tuple[int, dict[str, np.ndarray]] | None:
        """Read the epochs done and the state after them; None where nothing usable was kept."""
        for folder in reversed(self._states(recipe)):
            # A torn state costs an epoch, or the training so far, and no more.
            with suppress(BadArtifact):
                return int(folder.name), artifact.reading(folder, _MODEL).read_arrays("state")
        return None

    def _states(self, recipe: str) -> list[Path]:
        """The folders of states, the newest last; drafts of a killed save begin with a dot."""
        return sorted(self.folder.glob(f"{recipe}/[0-9]*")) if self.folder else []


def recipe_of(settings: Mapping[str, Any], *arrays: np.ndarray) -> str:
    """A name for a training: 16 hexadecimal digits of the SHA-256 of its settings and of all that it reads."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]
