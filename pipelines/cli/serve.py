"""`cineloop serve`: the serving app."""

import logging
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, StateOption
from pipelines.platform.state import State
from streaming.serving.http.rate_limit import IN_FLIGHT, RATE


def serve(
    state: StateOption = DEFAULT_STATE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port.")] = 8800,
    host: Annotated[str, typer.Option(help="The address to listen on; any but the loopback needs keys.")] = "127.0.0.1",
    keys: Annotated[
        Path | None, typer.Option(help="A file of API keys' SHA-256 hashes, one a line; or CINELOOP_API_KEYS.")
    ] = None,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second that a client may send.")] = RATE,
    in_flight: Annotated[
        int, typer.Option(min=1, help="Requests answered at once; what is beyond gets 429.")
    ] = IN_FLIGHT,
) -> None:
    """Serve slates over HTTP, and react to events within a second; Ctrl-C stops it."""
    from pipelines.serving import source
    from streaming.serving.http.api_keys import ApiKeys, refuse_if_open
    from streaming.serving.http.middleware import Limits
    from streaming.serving.server import ServerSettings
    from streaming.settings import api_key_hashes

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("cineloop").setLevel(logging.INFO)
    # Kafka's client complains for as long as a broker is away; the app says it once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    known = ApiKeys.read(keys, api_key_hashes())
    refuse_if_open(host, known)  # before a broker is started for nothing
    limits = Limits(in_flight=in_flight, rate=rate, burst=2 * rate)
    # The server raises the signal that ended it once more when it is done: the broker has to be stopped after that.
    signal.signal(signal.SIGTERM, _interrupt)
    with suppress(KeyboardInterrupt):
        source.serve(State.at(state), ServerSettings(host, port, known, limits))


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
