"""Whether what earlier cycles have written is still there: a cycle that found it away would begin anew, in silence."""

import os
from pathlib import Path

from jobs import bronze
from pipelines.platform.context import Context
from pipelines.platform.errors import Away

_DECIDING = ("slates", "forecaster")  # noted by stages that have asked the registry what serves


def check(context: Context) -> None:
    """See that a cycle can go on from where the last one ended.

    Raises:
        Away: a folder or file that it made is missing, or nothing can be written there.
    """
    done = [record for record in context.ledger.records() if record["closed"]]
    state = context.state
    if any("read" in record for record in done):
        _refuse_away(state.lake, state.lake / bronze.TABLE, done[-1]["cycle"])
    if any(stage in record for record in done for stage in _DECIDING):
        _refuse_away(state.mlflow, state.mlflow / "mlflow.db", done[-1]["cycle"])


def _refuse_away(folder: Path, proof: Path, cycle: int) -> None:
    if not proof.exists():
        raise Away(f"{proof} is away, and cycle {cycle} left it there: put {folder} back, and run the cycle again.")
    if not os.access(folder, os.W_OK):
        raise Away(f"nothing can be written to {folder}: give this user the right to, and run the cycle again.")
