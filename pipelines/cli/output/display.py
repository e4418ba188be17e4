"""What `cineloop run` shows: a line a step, a bar for what is under way, the table of results."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn

from pipelines.cli.output.bars import Bars
from pipelines.platform import processes
from pipelines.platform.context import Context
from pipelines.report.contract import read_report
from pipelines.report.table import render_table

STAGES = 40  # assets and checks that a full cycle times
_WIDTH_OF_A_LOG = 120


class RichDisplay(Bars):
    """A display on a terminal; where there is none, a line a step."""

    def __init__(self) -> None:
        super().__init__(
            Console() if sys.stdout.isatty() else Console(width=_WIDTH_OF_A_LOG),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
        )
        self._began = time.monotonic()

    def step(self, what: str) -> None:
        """Close the bar of what went before and open a new one."""
        self._begin(what, f"{time.monotonic() - self._began:6.1f} s  {what}")

    def note(self, what: str) -> None:
        """A line above what is under way."""
        self._console.print(f"{time.monotonic() - self._began:6.1f} s  ! {what}", markup=False)

    def sent(self, done: int, total: int) -> None:
        """Events on the topics, of how many."""
        self._move(done, total, detail=f"{done:,} of {total:,} events")

    def watch(self, context: Context, cycle: int, worker: processes.Worker) -> None:
        """The stages of a cycle, by what its ledger says, until it ends."""
        while not worker.done(0.3):
            if cycle in context.ledger.numbers():
                stages = list(context.ledger.read(cycle)["seconds"])
                self._move(min(len(stages), STAGES), STAGES, detail=stages[-1] if stages else "")

    def results(self, context: Context) -> None:
        """The table, and where to look further."""
        self._finish()
        whole = Console(width=max(self._console.width, _WIDTH_OF_A_LOG))  # a narrow terminal folds it, uncut
        place = context.state.report
        whole.print(render_table(read_report(place / "report.json")))
        self._console.print(f"report   {place / 'index.html'}")
        self._console.print(f"assets   http://127.0.0.1:{processes.WEB_PORT} (while `make run` runs)")
