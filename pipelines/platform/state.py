"""The state folder: everything that a run leaves behind, and nothing else does."""

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT = Path("state")


@dataclass(frozen=True)
class State:
    """Where each part of the system keeps its own under one root."""

    root: Path

    @classmethod
    def at(cls, root: Path | str) -> "State":
        """The state folder as an absolute path, so that child processes find it from anywhere."""
        return cls(Path(root).resolve())

    @classmethod
    def of_environment(cls) -> "State":
        """`CINELOOP_STATE`: how the orchestrator's processes are told."""
        return cls.at(os.environ.get("CINELOOP_STATE", DEFAULT))

    @property
    def broker(self) -> Path:
        """The embedded broker's data and logs."""
        return self.root / "broker"

    @property
    def keys(self) -> Path:
        """The pseudonym key; mode 700."""
        return self.root / "keys"

    @property
    def lake(self) -> Path:
        """The Delta tables."""
        return self.root / "lake"

    @property
    def checkpoints(self) -> Path:
        """The streams' checkpoints."""
        return self.root / "checkpoints"

    @property
    def cycles(self) -> Path:
        """The ledger of cycles, one JSON file each."""
        return self.root / "cycles"

    @property
    def mlflow(self) -> Path:
        """The model registry: SQLite and artifacts."""
        return self.root / "mlflow"

    @property
    def training(self) -> Path:
        """Members of the newest cycle as they were compared, and the epochs of trainings that are under way."""
        return self.root / "training"

    @property
    def dagster(self) -> Path:
        """Dagster's home."""
        return self.root / "dagster"

    @property
    def audience(self) -> Path:
        """The simulator's hidden truth; no job or model reads it."""
        return self.root / "audience"

    @property
    def writer(self) -> Path:
        """The writer of screenplays that was trained last."""
        return self.root / "writer"

    @property
    def report(self) -> Path:
        """The report."""
        return self.root / "report"
