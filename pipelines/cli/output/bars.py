"""One bar at a time on a console: a new one closes the one before."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn, TaskID


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
