"""What the stages of a cycle work with: the state folder, the broker, the Spark session, the registry, the ledger."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jobs.lake import Lake
from pipelines.platform.ledger import Ledger
from pipelines.platform.model_registry import Registry, Version
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Context:
    """One state folder's parts; nothing is opened before a stage asks for it."""

    state: State

    @property
    def lake(self) -> Lake:
        """The Delta tables."""
        return Lake(str(self.state.lake), str(self.state.checkpoints))

    @property
    def ledger(self) -> Ledger:
        """The cycles so far."""
        return Ledger(self.state.cycles)

    @cached_property
    def registry(self) -> Registry:
        """The model versions; what is found torn in a cycle is noted in its record."""
        return Registry(self.state.mlflow, self._note_torn)

    def _note_torn(self, version: Version, reason: str) -> None:
        """Write to the ledger of the open cycle that a version was found torn; nothing where no cycle is open."""
        ledger = self.ledger
        if ledger.numbers() and not ledger.read(ledger.current())["closed"]:
            ledger.note_among(ledger.current(), "torn", {version.name: reason})

    @cached_property
    def bootstrap(self) -> str:
        """Kafka's address, from the environment or the folder of the broker."""
        from streaming.broker.node import resolve_bootstrap  # brings the Kafka client: not for verbs that only read

        return resolve_bootstrap(self.state.root)

    @property
    def spark(self) -> "SparkSession":
        """The process's Spark session, started at the first access."""
        from jobs.session import spark_session

        return spark_session("cineloop")
