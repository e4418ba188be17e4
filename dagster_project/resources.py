"""What assets reach the world through: one state folder, and in it the broker, the lake, the registry."""

from functools import cache

from dagster import ConfigurableResource, EnvVar

from pipelines.platform import lock
from pipelines.platform.context import Context
from pipelines.platform.state import State


class Loop(ConfigurableResource):
    """The loop's state folder; a process opens its parts once and keeps them."""

    state: str

    @property
    def context(self) -> Context:
        """The parts that stages work with."""
        return _context(self.state)

    @property
    def cycle(self) -> int:
        """The number of the cycle in progress, which is this process's until it ends or gives the lock back.

        Raises:
            Busy: another process is at work on it: assets can be made one by one, and runs re-executed, from the page.
        """
        lock.acquire(self.context.state)
        return self.context.ledger.current()


@cache
def _context(state: str) -> Context:
    return Context(State.at(state))


def loop_of_environment() -> Loop:
    """The state folder that `CINELOOP_STATE` names: how the web page and the daemon are told."""
    return Loop(state=EnvVar("CINELOOP_STATE"))
