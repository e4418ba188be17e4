"""`cineloop run`: sends events, runs cycles on them, and then answers the cycles that the sensor starts."""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from pipelines.platform import processes, state_source
from pipelines.platform.context import Context
from pipelines.platform.errors import CycleFailed, WorkerDied, WouldSimulate
from pipelines.platform.state import State
from pipelines.platform.state_source import Source
from pipelines.platform.supervision import Supervisor
from pipelines.report import collect
from pipelines.simulation.audience_loop import AudienceLoop
from streaming.datasets.recognise import recognise
from streaming.errors import StreamingError
from streaming.replay.ledger import ReplayLedger, Window
from streaming.replay.run import replay
from streaming.settings import external_bootstrap

_POLL_S = 1.0
_ATTEMPTS = 3  # of a cycle whose process or broker dies

Result = TypeVar("Result")


class Display(Protocol):
    """Shows the progress of a run to the user."""

    def step(self, what: str) -> None:
        """A new step begins."""

    def sent(self, done: int, total: int) -> None:
        """`done` of `total` events are on the topics."""

    def note(self, what: str) -> None:
        """Something happened during the current step."""

    def watch(self, context: Context, cycle: int, worker: processes.Worker) -> None:
        """Show the stages of a cycle until it ends."""

    def results(self, context: Context) -> None:
        """Show the table of results and the files to open."""


@dataclass(frozen=True)
class Plan:
    """The options of `cineloop run`."""

    state: State
    once: bool
    cycles: int
    seed: int
    data: tuple[Path, ...]
    live: bool = False

    @property
    def source(self) -> Source:
        """Where the events come from, by the options."""
        if self.live:
            return Source("live")
        return Source("data") if self.data else Source("audience", self.seed)


class LiveEvents:
    """Apps and cinemas write to the topics by themselves: nothing is sent. Base of the sources that send events."""

    def send_before(self, cycle: int) -> None:
        """Send the events that a cycle is to read; here, where others write them, nothing."""

    def send_after(self, cycle: int) -> bool:
        """Send the events that answer a cycle's decisions and return whether there were any; here nothing."""
        return False


class SimulatedEvents(LiveEvents):
    """The simulated audience lives for a week between two cycles."""

    def __init__(self, audience: AudienceLoop, display: Display) -> None:
        self._audience, self._display = audience, display

    def send_before(self, cycle: int) -> None:
        """Send what the audience did before the cycle, as far as it has not been sent."""
        self._display.step("The audience up to now")
        self._audience.catch_up(cycle - 1, self._display.sent)

    def send_after(self, cycle: int) -> bool:
        """Simulate a week in which the cycle's slates are shown, and send its events."""
        self._display.step(f"The audience lives week {cycle}")
        return self._audience.catch_up(cycle, self._display.sent) > 0


class ReplayedEvents(LiveEvents):
    """Files are replayed, one window of their time a cycle. They contain no response to our decisions."""

    def __init__(self, plan: Plan, bootstrap: str, display: Display) -> None:
        """Recognise the data sets in the folders of the plan; sends nothing."""
        self._plan, self._bootstrap, self._display = plan, bootstrap, display
        self._datasets = [recognise(folder) for folder in plan.data]

    def send_before(self, cycle: int) -> None:
        """Send the cycle's window of the data."""
        self._display.step(f"Replay of window {cycle} of {self._plan.cycles}")
        state = self._plan.state
        replay(
            self._datasets,
            self._bootstrap,
            state_source.key(state),
            window=Window(cycle, self._plan.cycles),
            ledger=ReplayLedger(state.root / "replay.json"),
            progress=self._display.sent,
        )


def run(plan: Plan, display: Display) -> None:
    """Start broker, worker and web page, run the planned cycles, and without `once` go on until interrupted.

    Raises:
        MixedSources: the state folder was made with another source.
        WouldSimulate: the simulated audience would write to a cluster of `CINELOOP_BOOTSTRAP`.
        CycleFailed: a cycle's run failed, or the web page's port is taken.
    """
    if plan.source.kind == "audience" and external_bootstrap():
        raise WouldSimulate(
            f"the simulated audience would write to {external_bootstrap()}: give --live to run on the events that "
            "others write there, --data to replay files, or unset CINELOOP_BOOTSTRAP"
        )
    state_source.settle(plan.state, plan.source)
    with ExitStack() as stack, ExitStack() as planned_cycles:
        # Its Spark starts while the broker does.
        worker = planned_cycles.enter_context(closing(processes.Worker(plan.state)))
        display.step("Kafka broker")
        bootstrap = stack.enter_context(processes.broker(plan.state))
        broker = stack.enter_context(processes.supervised_broker(plan.state, display.note))
        if not plan.once:
            stack.enter_context(processes.web_page(plan.state, report=display.note))
        context = Context(plan.state)
        loop = _Loop(context, _source_of_events(plan, bootstrap, display), broker, display)
        loop.run_cycles(_due_cycles(plan, context), worker)
        planned_cycles.close()
        display.results(context)
        if not plan.once:
            stack.enter_context(processes.daemon(plan.state, display.note))
            loop.answer_cycles()


def _source_of_events(plan: Plan, bootstrap: str, display: Display) -> LiveEvents:
    if plan.live:
        return LiveEvents()
    if plan.data:
        return ReplayedEvents(plan, bootstrap, display)
    return SimulatedEvents(AudienceLoop(plan.state, plan.seed, bootstrap), display)


@dataclass(frozen=True)
class _Loop:
    """Runs cycles on the events of a source, and repeats what fails because the broker or the worker died."""

    context: Context
    events: LiveEvents
    broker: Supervisor
    display: Display

    def run_cycles(self, due: range, worker: processes.Worker) -> None:
        """Run cycles one after the other, and then observe the outcome of the last one's decisions."""
        responded = False
        for cycle in due:
            self._send_with_retry(partial(self.events.send_before, cycle))
            self.display.step(f"Cycle {cycle}")
            self._run_with_retry(worker, "cycle", partial(self.display.watch, self.context, cycle, worker))
            responded = self._send_with_retry(partial(self.events.send_after, cycle))
        if responded:
            self.display.step("Outcome of the last decisions")
            self._run_with_retry(worker, "observe")
        if not due:  # each cycle writes the report
            collect.write(self.context)

    def answer_cycles(self) -> None:
        """Send the response to each cycle that the sensor starts, until interrupted."""
        answered = _last_closed_cycle(self.context)
        self.display.step("The loop is running: Ctrl-C stops it")
        while True:
            time.sleep(_POLL_S)
            if _last_closed_cycle(self.context) > answered:
                answered = _last_closed_cycle(self.context)
                self.display.step(f"Cycle {answered} is done")
                self._send_with_retry(partial(self.events.send_after, answered))

    def _send_with_retry(self, send: Callable[[], Result]) -> Result:
        """Call `send`, and again after each restart of the broker: events already sent are recognised by their ids."""
        while True:
            restarts = self.broker.restarts
            try:
                return send()
            except StreamingError as error:
                if not self.broker.restarted_since(restarts):
                    raise
                self.display.note(f"{error}\nThe broker has been restarted: sending again")

    def _run_with_retry(self, worker: processes.Worker, job: str, watch: Callable[[], None] = lambda: None) -> None:
        """Run a job in the worker, and again if its process or the broker dies: it continues the same cycle."""
        for attempts_left in reversed(range(_ATTEMPTS)):
            restarts = self.broker.restarts
            worker.start(job)
            watch()
            try:
                worker.result()
                return
            except WorkerDied as error:
                if not attempts_left:
                    raise
                self.display.note(f"{error}\nAnother process continues the cycle")
                self.broker.restarted_since(restarts)
                worker.replace()
            except CycleFailed as error:
                if not (attempts_left and self.broker.restarted_since(restarts)):
                    raise
                self.display.note(f"{error}\nThe broker has been restarted: continuing the cycle")


def _due_cycles(plan: Plan, context: Context) -> range:
    """The cycles to run: of data, the windows that no closed cycle has read; else as many as planned."""
    first = _last_closed_cycle(context) + 1
    return range(first, (plan.cycles if plan.data else first + plan.cycles - 1) + 1)


def _last_closed_cycle(context: Context) -> int:
    return max((record["cycle"] for record in context.ledger.records() if record["closed"]), default=0)
