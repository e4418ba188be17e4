"""How models are saved and loaded: an artifact of settings and of what was learned."""

from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Self, cast

from models.base import artifact
from models.base.artifact import Artifact


class Saved:
    """Saves a dataclass by its fields (settings) and what a subclass adds in `_write_files` and `_read_files`."""

    name: ClassVar[str]

    def save(self, folder: Path) -> None:
        """Write the model below `folder`; raises BadArtifact where `folder` holds files that no model saved."""
        with artifact.writing(folder, self.name) as files:
            self._write_files(files)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raises BadArtifact where the folder is torn, foreign, or of another model."""
        return cls._read_files(artifact.reading(folder, cls.name))

    def _write_files(self, files: Artifact) -> None:
        """Write settings, and what a subclass has learned, into the artifact's folder."""
        settings = fields(cast(Any, self))
        files.write_json("settings", {setting.name: getattr(self, setting.name) for setting in settings})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        return cls(**files.read_json("settings"))
