"""The serving app on a state folder."""

from functools import partial

from pipelines.lake import histories
from pipelines.platform import processes, state_source
from pipelines.platform.state import State
from pipelines.serving.source import RegistrySource
from streaming.serving.server import AppContext, ServerSettings
from streaming.serving.server import serve as answer


def world(state: State, bootstrap: str) -> AppContext:
    """What the app serves, from a state folder and a Kafka."""
    return AppContext(
        bootstrap,
        state_source.key(state),
        partial(histories.past, state),
        lambda: histories.last_cycle(state).number,
        RegistrySource(state),
    )


def serve(state: State, settings: ServerSettings) -> None:
    """Serve until interrupted, on the state folder's broker, which is started where none runs.

    Raises:
        ServingError: the address may not, or cannot, be listened on.
        BrokerError: no broker runs, and none can be started.
    """
    with processes.broker(state) as bootstrap:
        answer(settings, world(state, bootstrap))
