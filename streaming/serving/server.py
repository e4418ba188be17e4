"""The app as one process: its threads, its address, its end."""

import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI

from streaming.errors import ServingError
from streaming.schema.identity import Pseudonymiser
from streaming.serving.delivery.acknowledging import Acknowledger
from streaming.serving.delivery.delivery import Delivery
from streaming.serving.delivery.publishing import Publisher
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import Readiness
from streaming.serving.health.warming import Warmer
from streaming.serving.health.watching import BrokerWatch
from streaming.serving.histories.past import Past
from streaming.serving.http import app as routes
from streaming.serving.http.front import Front, Limits
from streaming.serving.http.keys import Keys, is_loopback, refuse_if_open
from streaming.serving.http.viewer_ids import ViewerIds
from streaming.serving.http.wire import BoundedProtocol
from streaming.serving.ranking.decider import Source
from streaming.serving.ranking.desk import SLATE_LASTS_S, Desk
from streaming.serving.ranking.model_reload import Succession

_POST_S = 5.0  # a poster waits for Kafka so long at most
_PUBLISH_S = 30.0


@dataclass(frozen=True)
class Settings:
    """Where the app listens, whom it lets in, and what it takes on."""

    host: str = "127.0.0.1"
    port: int = 8800
    keys: Keys = field(default_factory=lambda: Keys(()))
    limits: Limits = field(default_factory=Limits)
    slate_lasts_s: float = SLATE_LASTS_S


@dataclass(frozen=True)
class World:
    """What the app is about: Kafka's address, the pseudonym key, what the lake knows, and who decides."""

    bootstrap: str
    pseudonym_key: bytes
    past: Callable[[], Past]  # read in a thread, and anew after some of the cycles
    finished: Callable[[], int]  # the number of the last finished cycle
    source: Source


def serve(settings: Settings, world: World) -> None:
    """Answer until interrupted.

    Raises:
        ServingError: others can reach the address and there are no keys, or something listens there already.
    """
    refuse_if_open(settings.host, settings.keys)
    with listening(settings) as place:
        logging.getLogger("cineloop.serving").info("http://%s:%d", settings.host, place.getsockname()[1])
        server(settings, world).run(sockets=[place])


def server(settings: Settings, world: World) -> uvicorn.Server:
    """The app in its server, which answers on the sockets that it is given."""
    config = uvicorn.Config(
        application(settings, world),
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # it would tell raw viewer ids
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def application(settings: Settings, world: World) -> Front:
    """The app, whose threads run for as long as its ASGI lifespan."""
    readiness, metrics = Readiness(), Metrics()
    publisher = Publisher(Delivery(world.bootstrap, _PUBLISH_S), metrics)
    acknowledger = Acknowledger(Delivery(world.bootstrap, _POST_S), metrics)
    desk = Desk(readiness, metrics, publisher, settings.slate_lasts_s)
    desk.succession = Succession(world.source, readiness, metrics)
    warmer = Warmer(desk, world.bootstrap, world.past, world.finished)
    threads = [acknowledger, publisher, BrokerWatch(world.bootstrap, readiness, metrics), desk.succession, warmer]

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for thread in threads:
            thread.start()
        yield
        for thread in reversed(threads):
            thread.stop()
        desk.close()

    viewers = ViewerIds(Pseudonymiser(world.pseudonym_key))
    inner = routes.build(desk, acknowledger, viewers, bool(settings.keys), lifespan=lifespan)
    return Front(inner, settings.keys, is_loopback(settings.host), settings.limits, desk.prepared, metrics)


def listening(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say.

    Raises:
        ServingError: something else does, or the address is not ours.
    """
    host, port = settings.host, settings.port
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServingError(f"nothing can listen on {host}:{port} ({error}): give another --port") from error
