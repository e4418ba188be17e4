"""Bars for long trainings, on the error stream: what a program reads stays clean."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn

from pipelines.cli.output.bars import Bars


class EpochBars(Bars):
    """A bar a step, that fills by the epochs of what trains in it.

    `unit` is what trainings are counted in.
    """

    def __init__(self, unit: str = "epoch") -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        super().__init__(Console(stderr=True), *columns)
        self._unit = unit

    def began(self, what: str) -> None:
        """Close the bar of what went before and open a new one."""
        self._begin(what, what)

    def epoch(self, what: str, done: int, total: int, loss: float) -> None:
        """So many epochs of a training are done."""
        self._move(done, total, description=f"{what}, loss {loss:.3f}")
        self._say(f"  {what}: {self._unit} {done} of {total}, loss {loss:.3f}")

    def progress(self, done: int, total: int) -> None:
        """So much of the step is done."""
        self._move(done, total)
