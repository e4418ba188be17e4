"""The loop's turning: who speaks (audience or data), the cycles, and the life after them until interrupted."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from pipelines.platform import processes, state_source
from pipelines.platform.context import Context
from pipelines.platform.errors import CycleFailed, WorkerDied, WouldSimulate
from pipelines.platform.state import State
from pipelines.platform.state_source import Source
from pipelines.platform.supervision import Supervised
from pipelines.report import collect
from pipelines.simulation.audience_loop import AudienceLoop
from streaming.datasets.recognise import recognise
from streaming.errors import StreamingError
from streaming.replay.ledger import ReplayLedger, Window
from streaming.replay.run import replay
from streaming.settings import external_bootstrap

_POLL_S = 1.0
_TRIES = 3  # of a cycle, whose process or broker dies

Answer = TypeVar("Answer")


class Display(Protocol):
    """What a person sees of the run."""

    def step(self, what: str) -> None:
        """Something new begins."""

    def sent(self, done: int, total: int) -> None:
        """So many events of so many are on the topics."""

    def note(self, what: str) -> None:
        """Something happened in the course of what is under way."""

    def watch(self, context: Context, cycle: int, worker: processes.Worker) -> None:
        """Show the stages of a cycle until it ends."""

    def results(self, context: Context) -> None:
        """The table of results, and what can be opened."""


@dataclass(frozen=True)
class Plan:
    """What `cineloop run` was asked for."""

    state: State
    once: bool
    cycles: int
    seed: int
    data: tuple[Path, ...]
    live: bool = False

    @property
    def source(self) -> Source:
        """Who speaks."""
        if self.live:
            return Source("live")
        return Source("data") if self.data else Source("audience", self.seed)


class Speaker(Protocol):
    """Who fills the topics: before a cycle, and in answer to it."""

    def before(self, cycle: int) -> None:
        """Bring about what a cycle is to read."""

    def after(self, cycle: int) -> bool:
        """Bring about what a cycle's decisions lead to; whether anything came of them."""


class AudienceSpeaks:
    """The simulated audience: it lives a week between two cycles."""

    def __init__(self, audience: AudienceLoop, display: Display) -> None:
        self._audience = audience
        self._display = display

    def before(self, cycle: int) -> None:
        """What the audience did up to the cycle, as far as it has not been told."""
        self._display.step("The audience up to now")
        self._audience.catch_up(cycle - 1, self._display.sent)

    def after(self, cycle: int) -> bool:
        """A week in which the cycle's slates are shown."""
        self._display.step(f"The audience lives week {cycle}")
        return self._audience.catch_up(cycle, self._display.sent) > 0


class DataSpeaks:
    """Replayed data: a window a cycle."""

    def __init__(self, plan: Plan, bootstrap: str, display: Display) -> None:
        self._plan, self._bootstrap, self._display = plan, bootstrap, display
        self._datasets = [recognise(folder) for folder in plan.data]
        self._key = state_source.key(plan.state)
        self._ledger = ReplayLedger(plan.state.root / "replay.json")

    def before(self, cycle: int) -> None:
        """The cycle's window of the data."""
        self._display.step(f"Replay of window {cycle} of {self._plan.cycles}")
        window = Window(cycle, self._plan.cycles)
        replay(
            self._datasets,
            self._bootstrap,
            self._key,
            window=window,
            ledger=self._ledger,
            progress=self._display.sent,
        )

    def after(self, cycle: int) -> bool:
        """Nothing: the past does not answer; what it says of the decisions is in the next window."""
        return False


class OthersSpeak:
    """Apps and cinemas write to the topics by themselves."""

    def before(self, cycle: int) -> None:
        """Nothing: what there is, is there."""

    def after(self, cycle: int) -> bool:
        """Nothing: answers come when they come."""
        return False


def run(plan: Plan, display: Display) -> None:
    """Run the cycles that were asked for, and without `once` keep the loop turning until interrupted.

    Raises:
        MixedSources: the state folder was made with another source.
        WouldSimulate: the audience would speak to a cluster that is not ours.
        CycleFailed: a cycle's run failed.
    """
    if plan.source.kind == "audience" and external_bootstrap():
        raise WouldSimulate(
            f"the simulated audience would write to {external_bootstrap()}: give --live to turn the loop on what "
            "others write there, --data to replay files, or unset CINELOOP_BOOTSTRAP"
        )
    state_source.settle(plan.state, plan.source)
    with ExitStack() as stack, ExitStack() as first_cycles:
        worker = first_cycles.enter_context(processes.worker(plan.state))  # its Spark starts while the broker does
        display.step("Kafka broker")
        bootstrap = stack.enter_context(processes.broker(plan.state))
        broker = stack.enter_context(processes.watched_broker(plan.state, display.note))
        if not plan.once:
            stack.enter_context(processes.web_page(plan.state, say=display.note))
        context = Context(plan.state)
        turning = _Turning(context, _speaker(plan, bootstrap, display), broker, display)
        turning.turn(_due(plan, context), worker)
        first_cycles.close()
        display.results(context)
        if not plan.once:
            stack.enter_context(processes.daemon(plan.state, display.note))
            turning.keep_turning()


def _speaker(plan: Plan, bootstrap: str, display: Display) -> Speaker:
    if plan.live:
        return OthersSpeak()
    if plan.data:
        return DataSpeaks(plan, bootstrap, display)
    return AudienceSpeaks(AudienceLoop(plan.state, plan.seed, bootstrap), display)


@dataclass(frozen=True)
class _Turning:
    """What turns the loop, and what it does where something that it needs dies."""

    context: Context
    speaker: Speaker
    broker: Supervised
    display: Display

    def turn(self, due: range, worker: processes.Worker) -> None:
        """The cycles, one after the other, and a look at what became of the last."""
        answered = False
        for cycle in due:
            self._outlast(partial(self.speaker.before, cycle))
            self.display.step(f"Cycle {cycle}")
            self._run("cycle", worker, partial(self.display.watch, self.context, cycle, worker))
            answered = self._outlast(partial(self.speaker.after, cycle))
        if answered:
            self.display.step("What became of the last decisions")
            self._run("observe", worker)
        if not due:  # each cycle writes the report
            collect.write(self.context)

    def keep_turning(self) -> None:
        """Answer each cycle that the sensor starts, for ever."""
        answered = _finished(self.context)
        self.display.step("The loop turns: Ctrl-C stops it")
        while True:
            time.sleep(_POLL_S)
            if _finished(self.context) > answered:
                answered = _finished(self.context)
                self.display.step(f"Cycle {answered} is done")
                self._outlast(partial(self.speaker.after, answered))

    def _outlast(self, speak: Callable[[], Answer]) -> Answer:
        """Speak, and where the broker dies meanwhile once it is back: what was said already is known by its ids."""
        while True:
            revivals = self.broker.revivals
            try:
                return speak()
            except StreamingError as error:
                if not self.broker.revived_since(revivals):
                    raise
                self.display.note(f"{error}\nThe broker is back: once more")

    def _run(self, job: str, worker: processes.Worker, watch: Callable[[], None] = lambda: None) -> None:
        """Have a job done, and again where its process or the broker has died: it goes on with the same cycle."""
        for tries_left in reversed(range(_TRIES)):
            revivals = self.broker.revivals
            worker.start(job)
            watch()
            try:
                worker.result()
                return
            except WorkerDied as error:
                if not tries_left:
                    raise
                self.display.note(f"{error}\nAnother process goes on with it")
                self.broker.revived_since(revivals)
                worker.replace()
            except CycleFailed as error:
                if not (tries_left and self.broker.revived_since(revivals)):
                    raise
                self.display.note(f"{error}\nThe broker is back: once more")


def _due(plan: Plan, context: Context) -> range:
    """The cycles to run now: of data, the windows that no cycle has finished; of the audience, as many as asked for."""
    first = _finished(context) + 1
    return range(first, (plan.cycles if plan.data else first + plan.cycles - 1) + 1)


def _finished(context: Context) -> int:
    return max((record["cycle"] for record in context.ledger.records() if record["closed"]), default=0)
