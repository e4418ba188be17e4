"""One bar at a time on a console: a new one closes the one before. Those of trainings are on the error stream."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """Bars of `columns`; where the console is no terminal, the lines that are said instead."""

    def __init__(self, console: Console, *columns: ProgressColumn) -> None:
        self._console = console
        self._progress = Progress(*columns, console=console)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        self._progress.stop()

    def _begin(self, what: str, line: str) -> None:
        self._finish()
        self._task = self._progress.add_task(what, total=None, detail="")
        self._say(line)

    def _move(self, done: int, total: int, **shown: Any) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, **shown)

    def _say(self, line: str) -> None:
        if not self._console.is_terminal:
            self._console.print(line)

    def _finish(self) -> None:
        self._move(1, 1, detail="")
        self._task = None


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
