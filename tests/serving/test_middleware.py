"""The middlewares around routes of the test's own: who is admitted, what is counted, and what errors become."""

import asyncio
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from streaming.serving.health.metrics import Metrics
from streaming.serving.http.answer_cache import AnswerCache, CachedAnswer
from streaming.serving.http.api_keys import ApiKeys
from streaming.serving.http.middleware import Limits, wrapped

LOCAL, KEY = "http://127.0.0.1:8800", "key" * 20


async def routes(scope: Scope, receive: Receive, send: Send) -> None:
    """/broken raises, /body says how long the body is, /healthz is empty; there is nothing else."""
    path, status, answer = scope["path"], 200, b""
    if path == "/broken":
        scope["route"] = SimpleNamespace(path=path)
        raise RuntimeError("nobody foresaw this")
    if path == "/body":
        request = Request(scope, receive)
        answer = str(len(await request.body())).encode()
    elif path != "/healthz":
        status = 404
    await Response(answer, status)(scope, receive, send)


class Guarded:
    """Routes behind the middlewares, with one answer in the cache."""

    def __init__(self, keys: ApiKeys | None = None, **limits: Any) -> None:
        self.metrics = Metrics()
        answers = AnswerCache(lambda: 1, lambda viewer: 0, lambda: 0.0)
        answers.keep(b"/films/1/similar?n=2", CachedAnswer(b"{}", 1, None, 0, 1.0, "/films/{film_id}/similar"))
        self._app = wrapped(routes, keys or ApiKeys(()), keys is None, Limits(**limits), answers, self.metrics)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer to a request."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as client:
                return await client.request(method, path, **options)

        return asyncio.run(asked())

    def requests(self, route: str, status: int) -> float | None:
        """How many requests were counted."""
        return self.metrics.registry.get_sample_value(
            "cineloop_requests_total", {"route": route, "status": str(status)}
        )


def test_a_cached_answer_is_counted_under_its_own_route() -> None:
    app = Guarded()
    assert app.ask("GET", "/films/1/similar?n=2").json() == {}
    assert app.requests("/films/{film_id}/similar", 200) == 1
    assert app.metrics.registry.get_sample_value("cineloop_slates_prepared_total") == 1


@pytest.mark.parametrize(
    ("host", "status"),
    [("127.0.0.1", 404), ("localhost:9", 404), ("[::1]:8800", 404), ("evil.example", 421), ("127.0.0.1.evil", 421)],
)
def test_without_keys_the_host_must_be_this_machine(host: str, status: int) -> None:
    app = Guarded()
    answer = app.ask("GET", "/nothing", headers={"host": host})
    assert answer.status_code == status
    assert app.requests("refused" if status == 421 else "none", status) == 1


def test_with_keys_a_key_is_needed_and_health_is_answered_to_anybody() -> None:
    app = Guarded(ApiKeys([sha256(KEY.encode()).hexdigest()]))
    refused = app.ask("GET", "/films/1/similar?n=2")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    headers = {"authorization": f"Bearer {KEY}", "host": "films.example"}
    assert app.ask("GET", "/films/1/similar?n=2", headers=headers).status_code == 200
    assert app.ask("GET", "/healthz", headers={"host": "films.example"}).status_code == 200


def test_a_body_is_refused_by_its_declared_or_its_real_size() -> None:
    app = Guarded(body=1_000)
    assert app.ask("POST", "/body", content=b"x" * 1_000).json() == 1_000

    async def chunks() -> Any:
        for _ in range(3):
            yield b"x" * 500

    for content in (b"x" * 1_001, chunks()):
        refused = app.ask("POST", "/body", content=content)
        assert (refused.status_code, refused.headers["content-type"]) == (413, "application/problem+json")


def test_an_error_that_nobody_foresaw_is_a_problem_document_without_its_words() -> None:
    app = Guarded()
    answer = app.ask("GET", "/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "foresaw" not in answer.text and app.requests("/broken", 500) == 1


def test_a_client_that_asks_too_often_is_told_when_to_come_back() -> None:
    app = Guarded(rate=0.5, burst=1)
    assert app.ask("GET", "/films/1/similar?n=2").status_code == 200
    refused = app.ask("GET", "/films/1/similar?n=2")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
    assert app.metrics.registry.get_sample_value("cineloop_requests_limited_total") == 1
