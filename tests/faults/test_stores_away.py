"""The registry locked by another process, the registry or the lake away: a sentence, no half cycle, then as ever."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pipelines.cycle import ingest
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.platform.errors import Away
from pipelines.recommending import decide as publish
from tests.faults import decided
from tests.faults.conftest import Prover
from tests.faults.equality import equal
from tests.faults.matrix import Fault

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1800)]
_LOCKED_S = 8.0


@contextmanager
def _locked(database: Path, seconds: float) -> Iterator[None]:
    """Another process holds the database's exclusive lock for so long."""
    code = (
        "import sqlite3, sys, time; held = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "held.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(float(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(database), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            sqlite3.connect(database, timeout=0).execute("select count(*) from registered_models")
        yield


def _refused(context: Context, folder: Path) -> str:
    """Rename a folder away; a cycle that begins is refused in a sentence, and leaves no trace."""
    before, elsewhere = context.ledger.records(), folder.with_name("elsewhere")
    folder.rename(elsewhere)
    with pytest.raises(Away, match=f"{folder}.* is away, and cycle 2 left it there: put {folder} back") as refused:
        ingest.begin(context)
    assert context.ledger.records() == before and not folder.exists(), "nothing was begun anew in its place"
    elsewhere.rename(folder)
    return str(refused.value).replace(str(context.state.root), "STATE")


def test_what_was_locked_or_away_for_a_while_changes_nothing(
    turned: Path, tmp_path: Path, spark: SparkSession, prove: Prover
) -> None:
    undisturbed, context = (decided.copied(turned, tmp_path / name) for name in ("undisturbed", "state"))
    said = [_refused(context, folder) for folder in (context.state.mlflow, context.state.lake)]
    with processes.broker(undisturbed.state):
        publish.slates(undisturbed, 3)
    with processes.broker(context.state):
        assert ingest.begin(context)[0] == 3, "the cycle goes on"
        (context.state.mlflow / "index.json").unlink()  # by which the registry is read without its database
        with _locked(context.state.mlflow / "mlflow.db", _LOCKED_S):
            began = time.monotonic()
            version = context.registry.serving("recommender")
            waited = time.monotonic() - began
        publish.slates(context, 3)
    assert version is not None and waited > _LOCKED_S / 2
    prove(
        Fault.AWAY,
        injected="registry and lake renamed away before a cycle; the registry's database locked by another process",
        fired=f"refused: {'; '.join(said)}; a read of the locked registry waited {waited:.0f} s",
        outcome=equal(context.state.root, undisturbed.state.root, ("silver", "features", "decisions")),
    )
