"""What the script desk is worth: the figures of `cineloop evaluate scripts`."""

from collections.abc import Iterator
from pathlib import Path

from models.training.journal import Journal
from pipelines.bench.figure import Figure
from pipelines.bench.telling import tell
from pipelines.scripts.evaluate.bench import Bench
from pipelines.scripts.evaluate.rows import measured


def measure(content: Path, boxoffice: Path, checkpoints: Path | None, folder: Path) -> Iterator[Figure]:
    """All of its rows; a training that was killed goes on from the checkpoints."""
    for each in measured([], Bench(content, boxoffice, Journal(checkpoints or folder / "steps", tell))):
        wanted = f", wanted {each.must}" if each.must else ""
        yield Figure(f"{each.what}{wanted}", each.value, "", each.yardstick, each.beside)
