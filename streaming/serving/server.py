"""The serving app as one process: settings, socket, threads and their end."""

import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from streaming.errors import ServingError
from streaming.schema.identity import Pseudonymiser
from streaming.serving.delivery.acknowledger import Acknowledger
from streaming.serving.delivery.batch_sender import BatchSender
from streaming.serving.delivery.slate_publisher import SlatePublisher
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import BrokerWatch, Readiness
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.loader import HistoryLoader
from streaming.serving.http import app as routes
from streaming.serving.http.api_keys import ApiKeys, is_loopback, refuse_if_open
from streaming.serving.http.bounded_protocol import BoundedProtocol
from streaming.serving.http.middleware import Limits, wrapped
from streaming.serving.http.viewer_ids import ViewerIds
from streaming.serving.ranking.decider import DeciderSource
from streaming.serving.ranking.model_reload import ModelReloader
from streaming.serving.ranking.slate_service import SLATE_LASTS_S, SlateService

_POST_S = 5.0  # how long posted events may wait for Kafka
_PUBLISH_S = 30.0


@dataclass(frozen=True)
class ServerSettings:
    """Address, API keys, limits, and how long a slate lasts."""

    host: str = "127.0.0.1"
    port: int = 8800
    keys: ApiKeys = field(default_factory=lambda: ApiKeys(()))
    limits: Limits = field(default_factory=Limits)
    slate_lasts_s: float = SLATE_LASTS_S


@dataclass(frozen=True)
class AppContext:
    """What the app needs from outside: Kafka's address, the pseudonym key, the lake's histories, and deciders."""

    bootstrap: str
    pseudonym_key: bytes
    past: Callable[[], LakeHistories]  # read in a thread, and again after some cycles
    finished: Callable[[], int]  # the number of the last finished cycle
    source: DeciderSource


def serve(settings: ServerSettings, context: AppContext) -> None:
    """Listen on the address and answer HTTP requests until interrupted, with threads that read the lake and use Kafka.

    Raises:
        ServingError: others can reach the address and there are no keys, or something listens there already.
    """
    refuse_if_open(settings.host, settings.keys)
    with listening(settings) as place:
        logging.getLogger("cineloop.serving").info("http://%s:%d", settings.host, place.getsockname()[1])
        server(settings, context).run(sockets=[place])


def server(settings: ServerSettings, context: AppContext) -> uvicorn.Server:
    """The app in a uvicorn server, for sockets that the caller opens; starts nothing."""
    config = uvicorn.Config(
        application(settings, context),
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # it would log raw viewer ids
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)


def application(settings: ServerSettings, context: AppContext) -> ASGIApp:
    """The ASGI app; its threads start and stop with its lifespan."""
    readiness, metrics = Readiness(), Metrics()
    publisher = SlatePublisher(BatchSender(context.bootstrap, _PUBLISH_S), metrics)
    acknowledger = Acknowledger(BatchSender(context.bootstrap, _POST_S), metrics)
    service = SlateService(readiness, metrics, publisher, settings.slate_lasts_s)
    service.reloader = ModelReloader(context.source, readiness, metrics)
    warmer = HistoryLoader(service, context.bootstrap, context.past, context.finished)
    threads = [acknowledger, publisher, BrokerWatch(context.bootstrap, readiness, metrics), service.reloader, warmer]

    @asynccontextmanager
    async def run_threads(app: FastAPI) -> AsyncIterator[None]:
        for thread in threads:
            thread.start()
        yield
        for thread in reversed(threads):
            thread.stop()
        service.close()

    viewers = ViewerIds(Pseudonymiser(context.pseudonym_key))
    inner = routes.build(service, acknowledger, viewers, bool(settings.keys), lifespan=run_threads)
    return wrapped(inner, settings.keys, is_loopback(settings.host), settings.limits, service.cache, metrics)


def listening(settings: ServerSettings) -> socket.socket:
    """Open a socket that listens on the address of the settings.

    Raises:
        ServingError: the port is taken, or the address is not this machine's.
    """
    host, port = settings.host, settings.port
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ServingError(f"nothing can listen on {host}:{port} ({error}): give another --port") from error
