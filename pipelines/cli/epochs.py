"""Bars for long trainings, on the error stream: what a program reads stays clean."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class EpochBars:
    """A bar a step, that fills by the epochs of what trains in it; where there is no terminal, a line each.

    `unit` is what trainings are counted in.
    """

    def __init__(self, unit: str = "epoch") -> None:
        self._unit = unit
        self._console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=self._console)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        self._progress.stop()

    def began(self, what: str) -> None:
        """Close the bar of what went before and open a new one."""
        self._finish()
        self._task = self._progress.add_task(what, total=None)
        self._say(what)

    def epoch(self, what: str, done: int, total: int, loss: float) -> None:
        """So many epochs of a training are done."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, description=f"{what}, loss {loss:.3f}")
        self._say(f"  {what}: {self._unit} {done} of {total}, loss {loss:.3f}")

    def progress(self, done: int, total: int) -> None:
        """So much of the step is done."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def _say(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(line)

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=1, total=1)
            self._task = None
