"""A recommender fitted again by a second process, while the first goes on.

A network learns on one thread, so that it learns the same everywhere: two fits at once take the time of one. What goes
between the processes are files, in the forms that are kept anyway.
"""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from models.recommenders import load_recommender
from models.recommenders.protocol import Recommender
from models.training.journal import Journal
from pipelines.platform.errors import CycleFailed

_PAYS_FROM = 100_000  # interactions: fewer are fitted before a process is up
_INTERACTIONS, _FILMS, _MODEL = "interactions.parquet", "films.parquet", "model"


@contextmanager
def refitting(
    member: Path,
    interactions: pd.DataFrame,
    described: pd.DataFrame,
    folder: Path,
    journal: Journal,
    pays_from: int = _PAYS_FROM,
) -> Iterator[Callable[[], Recommender]]:
    """Start a process that fits the recommender in `member` again; the function given waits for it and loads it.

    Fewer than `pays_from` interactions are fitted here, when they are asked for. The process ends with the `with`
    block, whatever happened. `folder` is its own, and goes with it. What the journal keeps stays: a fit that was killed
    goes on from its last epoch. Of the epochs of another process nobody is told.

    Raises:
        CycleFailed: on waiting, the process has failed; it has said why on standard error.
    """
    if len(interactions) < pays_from:
        yield lambda: _load_and_refit(member, interactions, described, journal)
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    interactions.to_parquet(folder / _INTERACTIONS)
    described.to_parquet(folder / _FILMS)
    kept = [str(journal.folder)] if journal.folder else []
    command = [sys.executable, "-m", "pipelines.recommending.refit", str(member), str(folder), *kept]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def waited() -> Recommender:
        """Wait for the second process to end, and load its model; raises CycleFailed where it failed."""
        if code := process.wait():
            raise CycleFailed(f"the process that fits {member.name} on all events ended with exit code {code}")
        return load_recommender(folder / _MODEL)

    try:
        yield waited
    finally:
        process.kill()
        process.communicate()
        shutil.rmtree(folder, ignore_errors=True)


def _end_with_parent() -> None:
    """Wait until standard input closes, since the parent has ended, then end this process at once."""
    sys.stdin.read()
    os._exit(1)


def _load_and_refit(member: Path, interactions: pd.DataFrame, described: pd.DataFrame, journal: Journal) -> Recommender:
    """Load a kept member and fit it again on these interactions, from the journal's last epoch."""
    model = load_recommender(member)
    model.journal = journal
    return model.refit(interactions, described)


def _refit_into_folder(member: Path, folder: Path, journal: Journal) -> None:
    """What the second process does: read interactions and films in `folder`, refit the member, save it there."""
    interactions, described = (pd.read_parquet(folder / name) for name in (_INTERACTIONS, _FILMS))
    _load_and_refit(member, interactions, described, journal).save(folder / _MODEL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _refit_into_folder(Path(sys.argv[1]), Path(sys.argv[2]), Journal(Path(sys.argv[3]) if sys.argv[3:] else None))
