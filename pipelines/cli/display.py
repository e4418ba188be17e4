"""What `cineloop run` shows: a line a step, a bar for what is under way, the table of results."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines import services
from pipelines.context import Context
from pipelines.report.contract import read_report
from pipelines.report.table import render_table

_STAGES = 27  # assets and checks that a full cycle times
_WIDTH_OF_A_LOG = 120


class RichDisplay:
    """A display on a terminal; where there is none, a line a step."""

    def __init__(self) -> None:
        self._console = Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_LOG)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._task: TaskID | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finish()
        self._progress.stop()

    def step(self, what: str) -> None:
        """Close the bar of what went before and open a new one."""
        self._finish()
        self._task = self._progress.add_task(what, total=None, detail="")
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._began:6.1f} s  {what}")

    def sent(self, done: int, total: int) -> None:
        """Events on the topics, of how many."""
        self._update(done, total, f"{done:,} of {total:,} events")

    def watch(self, context: Context, cycle: int, worker: services.Worker) -> None:
        """The stages of a cycle, by what its ledger says, until it ends."""
        while not worker.done(0.3):
            if cycle in context.ledger.numbers():
                stages = list(context.ledger.read(cycle)["seconds"])
                self._update(min(len(stages), _STAGES), _STAGES, stages[-1] if stages else "")

    def results(self, context: Context) -> None:
        """The table, and where to look further."""
        self._finish()
        whole = Console(width=max(self._console.width, _WIDTH_OF_A_LOG))  # a narrow terminal folds it, uncut
        place = context.state.report
        whole.print(render_table(read_report(place / "report.json")))
        self._console.print(f"report   {place / 'index.html'}")
        self._console.print(f"assets   http://127.0.0.1:{services.WEB_PORT} (while `make run` runs)")

    def _update(self, done: int, total: int, detail: str) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, detail=detail)

    def _finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=1, total=1, detail="")
            self._task = None
