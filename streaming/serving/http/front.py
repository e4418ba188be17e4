"""The outermost ASGI application: keys, limits, prepared answers, metrics, and the last word on errors.

It is plain ASGI because FastAPI's own path costs more than all of what it does for a prepared answer.
"""

import logging
import time
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streaming.serving.health.metrics import Metrics
from streaming.serving.http.keys import Keys
from streaming.serving.http.limiting import Buckets
from streaming.serving.http.prepared import PreparedAnswers
from streaming.serving.http.problems import MEDIA_TYPE, Problem

_OPEN = frozenset(("/healthz", "/readyz"))  # asked by what restarts the app: never refused
_LOCAL_NAMES = frozenset((b"127.0.0.1", b"localhost", b"[::1]"))
_HOT_ROUTE = "/v1/viewers/{viewer_id}/slate"
_JSON = (b"content-type", b"application/json")
_LOG = logging.getLogger("cineloop.serving")


@dataclass(frozen=True)
class Limits:
    """What the app takes on at once."""

    in_flight: int = 128  # requests
    rate: float = 10_000.0  # requests a second and client
    burst: float = 20_000.0  # requests
    body: int = 1024 * 1024  # bytes


class Front:
    """Guards an application and answers for it what has been prepared."""

    def __init__(
        self, inner: ASGIApp, keys: Keys, local: bool, limits: Limits, prepared: PreparedAnswers, metrics: Metrics
    ) -> None:
        """`local`: the app listens on the loopback only, where the Host header must name it.

        A web page that has its own name resolved to 127.0.0.1 could otherwise read what the app says.
        """
        self._inner, self._keys, self._local, self._limits = inner, keys, local, limits
        self._prepared, self._metrics = prepared, metrics
        self._buckets = Buckets(limits.rate, limits.burst)
        self._in_flight = 0
        self._hot_count = metrics.requests.labels(_HOT_ROUTE, "200")
        self._hot_seconds = metrics.seconds.labels(_HOT_ROUTE)
        metrics.in_flight.set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; everything else is the inner application's."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began = time.perf_counter()
        try:
            if scope["path"] not in _OPEN:
                self._admit(scope)
        except Problem as problem:
            await _send_problem(problem, send)
            self._count("refused", problem.status, began)
            return
        body = self._prepared.find(target(scope)) if scope["method"] == "GET" else None
        if body is None:
            await self._through(scope, receive, send, began)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _headers(body)})
        await send({"type": "http.response.body", "body": body})
        self._metrics.prepared.inc()
        self._hot_count.inc()
        self._hot_seconds.observe(time.perf_counter() - began)

    def _admit(self, scope: Scope) -> None:
        """
        Raises:
            Problem: the request is not let in.
        """
        host = authorization = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"authorization":
                authorization = value
        wait = self._buckets.take(self._client(scope, host, authorization))
        if wait:
            self._metrics.limited.inc()
            detail = f"At most {self._limits.rate:g} requests a second: send this one again in {wait} s"
            raise Problem("too-many", detail, {"Retry-After": str(wait)})
        if self._in_flight >= self._limits.in_flight:
            self._metrics.shed.inc()
            detail = f"{self._in_flight} requests are being answered, which is all that can be: ask again in a second"
            raise Problem("too-many", detail, {"Retry-After": "1"})

    def _client(self, scope: Scope, host: bytes | None, authorization: bytes | None) -> str:
        """Who asks: the hash of a key, or an address where there are no keys.

        Raises:
            Problem: the key is none of ours, or the host is not us.
        """
        if self._keys:
            client = self._keys.client(authorization)
            if client is None:
                detail = "Send one of the keys as `Authorization: Bearer KEY`"
                raise Problem("unauthorised", detail, {"WWW-Authenticate": "Bearer"})
            return client
        if self._local and not _names_us(host):
            raise Problem("misdirected", "This app answers to 127.0.0.1 and localhost: send that as Host")
        return _address(scope)

    async def _through(self, scope: Scope, receive: Receive, send: Send, began: float) -> None:
        status = 500
        started = False

        async def noting(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
            await send(message)

        self._in_flight += 1
        try:
            await self._inner(scope, _Bounded(scope, receive, self._limits.body), noting)
        except Problem as problem:  # raised while the body was read
            status = problem.status
            if not started:
                await _send_problem(problem, send)
        except Exception:
            _LOG.exception("a request could not be answered")
            if not started:
                await _send_problem(Problem("internal", "The app's log has the reason. Ask again later"), send)
        finally:
            self._in_flight -= 1
            route = getattr(scope.get("route"), "path", "none")
            self._count(route, status, began)

    def _count(self, route: str, status: int, began: float) -> None:
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(time.perf_counter() - began)


class _Bounded:
    """`receive`, which refuses a body that is too large: by what it says of itself, or once it is."""

    def __init__(self, scope: Scope, receive: Receive, limit: int) -> None:
        self._receive, self._limit = receive, limit
        self._left = limit
        self._said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")

    async def __call__(self) -> Message:
        if self._said.isdigit() and int(self._said) > self._limit:
            raise self._problem()
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise self._problem()
        return message

    def _problem(self) -> Problem:
        return Problem("too-large", f"A body may have {self._limit:,} bytes: send the events in smaller batches")


def target(scope: Scope) -> bytes:
    """What a request asks for, as it was sent: path and query."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query


def _names_us(host: bytes | None) -> bool:
    if host is None:
        return False
    name, colon, port = host.rpartition(b":")
    return host in _LOCAL_NAMES or (bool(colon) and port.isdigit() and name in _LOCAL_NAMES)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _headers(body: bytes) -> list[tuple[bytes, bytes]]:
    return [_JSON, (b"content-length", b"%d" % len(body))]


async def _send_problem(problem: Problem, send: Send) -> None:
    more = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    body = problem.body
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": problem.status,
        "headers": [(b"content-type", MEDIA_TYPE.encode()), *_headers(body)[1:], *more],
    }
    await send(start)
    await send({"type": "http.response.body", "body": body})
