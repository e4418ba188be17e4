"""ASGI middlewares around the routes: metrics, errors, admission, cached answers, and the size of a body.

They are plain ASGI, for FastAPI's own path costs more than all that a cached answer needs.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from streaming.serving.health.metrics import Metrics
from streaming.serving.http.answer_cache import AnswerCache
from streaming.serving.http.api_keys import ApiKeys
from streaming.serving.http.problem_details import Problem
from streaming.serving.http.rate_limit import IN_FLIGHT, RATE, TokenBuckets

_ALWAYS_ADMITTED = frozenset(("/healthz", "/readyz"))  # asked by what restarts the app
_LOCAL_NAMES = frozenset((b"127.0.0.1", b"localhost", b"[::1]"))
_ROUTE = "cineloop.route"  # in the scope: the label of a request that was answered before it reached its route
_LOG = logging.getLogger("cineloop.serving")


@dataclass(frozen=True)
class Limits:
    """How much the app takes on."""

    in_flight: int = IN_FLIGHT  # requests at once
    rate: float = RATE  # requests a second and client
    burst: float = 2 * RATE  # requests
    body: int = 1024 * 1024  # bytes


def wrapped(
    routes: ASGIApp, keys: ApiKeys, local: bool, limits: Limits, answers: AnswerCache, metrics: Metrics
) -> ASGIApp:
    """The routes behind all middlewares, outermost last; `local` as in `Admission`."""
    app: ASGIApp = BodyLimit(routes, limits.body)
    app = CachedAnswers(app, answers, metrics)
    app = InFlightLimit(app, limits.in_flight, metrics)
    app = Admission(app, routes, keys, local, limits, metrics)
    app = ProblemResponses(app)
    app = RequestMetrics(app, metrics)

    async def answer_http(scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request through the middlewares, and all else straight to the routes."""
        await (app if scope["type"] == "http" else routes)(scope, receive, send)

    return answer_http


def request_target(scope: Scope) -> bytes:
    """Path and query of a request, as they were sent."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query


class RequestMetrics:
    """Counts and times requests by route and status."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app

        @cache  # to look labels up costs as much as all else
        def recorder_of(route: str, status: int) -> Callable[[float], None]:
            count, seconds = metrics.requests.labels(route, str(status)), metrics.seconds.labels(route)

            def record_one(took: float) -> None:
                count.inc()
                seconds.observe(took)

            return record_one

        self._record = recorder_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; count and time it by route and status."""
        began, status = time.perf_counter(), 500

        async def note_status_and_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status_and_send)
        finally:
            route = scope.get(_ROUTE) or getattr(scope.get("route"), "path", "none")
            self._record(route, status)(time.perf_counter() - began)


class ProblemResponses:
    """Answers with a problem document where something was raised before the response began."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; send a problem document if it raises before the response begins."""
        started = False

        async def note_start_and_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, note_start_and_send)
        except Problem as problem:
            failure, scope[_ROUTE] = problem, "refused"
        except Exception:
            _LOG.exception("a request could not be answered")
            failure = Problem("internal", "The app's log has the reason. Ask again later")
        else:
            return
        if not started:
            await failure.response()(scope, receive, send)


class Admission:
    """Admits a request by its API key, or without keys by its Host header, and then by its client's rate."""

    def __init__(
        self, app: ASGIApp, unguarded: ASGIApp, keys: ApiKeys, local: bool, limits: Limits, metrics: Metrics
    ) -> None:
        """`unguarded` gets what is always admitted. `local`: the app listens on the loopback only.

        There the Host header must name it: a web page that has its own name resolved to 127.0.0.1 could otherwise read
        the answers. Starlette's TrustedHostMiddleware refuses in plain text, and takes 3 microseconds more.
        """
        self._app, self._unguarded, self._keys, self._local, self._metrics = app, unguarded, keys, local, metrics
        self._rate = limits.rate
        self._buckets = TokenBuckets(limits.rate, limits.burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, if its key, host and rate admit it.

        Raises:
            Problem: it is not admitted.
        """
        if scope["path"] in _ALWAYS_ADMITTED:
            await self._unguarded(scope, receive, send)
            return
        wait = self._buckets.take(self._client_or_refuse(scope))
        if wait:
            self._metrics.limited.inc()
            detail = f"At most {self._rate:g} requests a second: send this one again in {wait} s"
            raise Problem("too-many", detail, {"Retry-After": str(wait)})
        await self._app(scope, receive, send)

    def _client_or_refuse(self, scope: Scope) -> str:
        """The hash of the client's key, or its address where there are no keys.

        Raises:
            Problem: the key is not known, or the host is not this app.
        """
        host = authorization = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value
            elif name == b"authorization":
                authorization = value
        if self._keys:
            client = self._keys.client(authorization)
            if client is None:
                detail = "Send one of the keys as `Authorization: Bearer KEY`"
                raise Problem("unauthorised", detail, {"WWW-Authenticate": "Bearer"})
            return client
        if self._local and not _is_local(host):
            raise Problem("misdirected", "This app answers to 127.0.0.1 and localhost: send that as Host")
        address = scope.get("client")
        return str(address[0]) if address else ""


class InFlightLimit:
    """Refuses requests while too many are being answered."""

    def __init__(self, app: ASGIApp, limit: int, metrics: Metrics) -> None:
        self._app, self._limit, self._metrics = app, limit, metrics
        self._in_flight = 0
        metrics.in_flight.set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless too many are under way.

        Raises:
            Problem: there are too many.
        """
        if self._in_flight >= self._limit:
            self._metrics.shed.inc()
            detail = f"{self._in_flight} requests are being answered, which is the limit: ask again in a second"
            raise Problem("too-many", detail, {"Retry-After": "1"})
        self._in_flight += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._in_flight -= 1


class CachedAnswers:
    """Answers from memory what has been answered before and still holds."""

    def __init__(self, app: ASGIApp, answers: AnswerCache, metrics: Metrics) -> None:
        self._app, self._answers, self._metrics = app, answers, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the cached answer if it still holds, else pass the request on."""
        found = self._answers.find(request_target(scope)) if scope["method"] == "GET" else None
        if found is None:
            await self._app(scope, receive, send)
            return
        scope[_ROUTE] = found.route
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(found.body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": found.body})
        self._metrics.prepared.inc()


class BodyLimit:
    """Refuses a body that is too large: by its declared length, or once it is."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app, self._limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with a limit on what can be read of its body."""
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        received = int(declared) if declared.isdigit() and int(declared) > self._limit else 0

        async def receive_bounded() -> Message:
            nonlocal received
            if received <= self._limit:
                message = await receive()
                received += len(message.get("body", b""))
            if received > self._limit:
                raise Problem("too-large", f"A body may have {self._limit:,} bytes: send the events in smaller batches")
            return message

        await self._app(scope, receive_bounded, send)


def _is_local(host: bytes | None) -> bool:
    if host is None:
        return False
    name, colon, port = host.rpartition(b":")
    return host in _LOCAL_NAMES or (bool(colon) and port.isdigit() and name in _LOCAL_NAMES)
