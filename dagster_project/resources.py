"""The resource that all assets share: the state folder with its broker, lake and model registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Self

from dagster import ConfigurableResource, InitResourceContext

from dagster_project import runs
from pipelines.platform import lock
from pipelines.platform.context import Context
from pipelines.platform.state import State


class Loop(ConfigurableResource):
    """The state folder. A process opens its parts once and keeps them."""

    state: str

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator[Self]:
        """Mark the run as alive while its steps use the resource; sensors and schedules use it without a run."""
        if context.instance is None or context.run is None:
            yield self
            return
        with runs.marked_alive(context.instance, context.run.run_id):
            yield self

    @property
    def context(self) -> Context:
        """The parts of the state folder that stages work with."""
        return _cached_context(self.state)

    @property
    def cycle(self) -> int:
        """The number of the cycle in progress; takes the state folder's lock until the process ends or releases it.

        Raises:
            Busy: another process has the lock. Assets can be materialised one by one, and runs re-executed, from the
                web page at any time.
        """
        lock.acquire(self.context.state)
        return self.context.ledger.current()


@cache
def _cached_context(state: str) -> Context:
    return Context(State.at(state))
