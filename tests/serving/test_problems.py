"""What is refused, and what it is told: problem documents that say what to send."""

import asyncio
import select
import socket
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from streaming.errors import ServingError
from streaming.serving.http.api_keys import ApiKeys
from streaming.serving.http.middleware import Limits
from streaming.serving.server import ServerSettings, serve
from streaming.settings import api_key_hashes
from tests.commands import refused
from tests.serving.running import App, posted, running
from tests.serving.small_state import SmallState

pytestmark = pytest.mark.kafka
KEY = "0123456789abcdef" * 4
HASH = sha256(KEY.encode()).hexdigest()


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The document of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert {"type", "title", "status", "detail"} <= set(document) and document["status"] == status
    return document


def test_malformed_bodies(app: App) -> None:
    headers = {"content-type": "application/json"}
    document = problem(app.http.post("/v1/events", content=b"[{", headers=headers), 400)
    assert "no JSON" in document["detail"] and document["example"]["type"] == "viewing.like"
    for body, said in ((b"{}", "dict"), (b"[]", "0 events"), (b"[" + b"0," * 1500 + b"0]", "1,501 events")):
        assert said in problem(app.http.post("/v1/events", content=body, headers=headers), 422)["detail"]
    assert "NaN" not in problem(app.http.post("/v1/events", content=b"[NaN]", headers=headers), 400)["title"]
    text = app.http.post("/v1/events", content=b"[]", headers={"content-type": "text/plain"})
    assert "application/json" in problem(text, 415)["detail"]


@pytest.mark.parametrize(
    ("event", "pointer", "said"),
    [
        (posted("x", "v", "f", "binge"), "/0", "type is 'viewing.binge'; known are boxoffice.day"),
        ({**posted("x", "v", "f"), "type": "decision.slate"}, "/0", "known are"),
        (posted("x", "v", "f", "rate"), "/0", "data.rating: Field required"),
        (posted("x", "v", "f", "rate", rating=9), "/0", "data: rating out of range"),
        (posted("x", "v", "f", "rate", rating="4"), "/0", "data.rating"),
        (posted("x", "v", "f", propensity=1e-300), "/0", "data: propensity out of range"),
        (posted("x", "v", "f\x00"), "/0", "data: broken characters in an id"),
        (posted("x", "v", "f", occurred_at=32_000_000_000_000), "/0", "data: time in the future"),
        (posted("x", 7, "f"), "/0", "data.viewer_id"),  # type: ignore[arg-type]
        (posted("x", "pseudonym:nobody", "f"), "/0", "32 digits"),
        (posted("x" * 129, "v", "f"), "/0/id", "at most 128"),
        ({"id": "x", "source": "s", "type": "viewing.like"}, "/0/data", "Field required"),
    ],
)
def test_events_that_are_not_valid(app: App, event: dict[str, Any], pointer: str, said: str) -> None:
    (complaint,) = problem(app.post(event), 422)["errors"]
    assert complaint["pointer"] == pointer and said in complaint["detail"]


def test_one_bad_event_keeps_all_back(app: App) -> None:
    document = problem(app.post(posted("good-1", "all-or-none", "comedy-01"), posted("b", "v", "f", "rate")), 422)
    assert document["errors"][0]["pointer"] == "/1" and "Nothing was sent" in document["detail"]
    assert app.http.get("/v1/viewers/all-or-none/profile").json()["known"] is False


def test_what_is_not_there(app: App) -> None:
    assert "/openapi.json" in problem(app.http.get("/v2/slates"), 404)["detail"]
    problem(app.http.delete("/v1/events"), 405)
    for query in ("n=0", "n=51", "n=many", f"context={'x' * 101}"):
        assert problem(app.http.get(f"/v1/viewers/v/slate?{query}"), 422)["errors"]
    problem(app.http.get(f"/v1/viewers/{'v' * 300}/slate"), 422)
    problem(app.http.get("/v1/viewers/pseudonym:12/slate"), 422)


def test_a_parameter_that_says_nothing_is_refused_before_anything_is_ranked(app: App) -> None:
    assert app.slate("plain") and app.http.get("/v1/films/comedy-01/similar?n=3").status_code == 200
    ranked = app.metric("slates_ranked_total")
    for query in ("x=1", "n=10&x=2", "N=10", "_=1700000000", "context=genre:comedy&films=3"):
        assert (
            "send n and context and diversity"
            in problem(app.http.get(f"/v1/viewers/plain/slate?{query}"), 422)["detail"]
        )
    assert "send n alone" in problem(app.http.get("/v1/films/comedy-01/similar?m=3"), 422)["detail"]
    assert "send nothing" in problem(app.http.get("/v1/viewers/plain/profile?n=3"), 422)["detail"]
    assert app.metric("slates_ranked_total") == ranked


def test_heads_that_are_too_long_or_no_http(app: App) -> None:
    assert "8,192 bytes" in problem(app.http.get(f"/v1/viewers/v/slate?context={'x' * 9_000}"), 414)["detail"]
    assert "32,768 bytes" in problem(app.http.get("/healthz", headers={"x": "x" * 33_000}), 431)["detail"]
    assert app.http.get("/healthz", headers={"x": "x" * 32_000}).status_code == 200
    for endless, status in ((b"GET /", 414), (b"GET / HTTP/1.1\r\nx: y\r\nz: ", 431)):
        assert f" {status} ".encode() in answered(app, endless, more=b"x" * 30_000), "it is refused before it ends"
    assert b"application/problem+json" in answered(app, b"EHLO there\r\n\r\n")
    many = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n" * 1_500
    assert answered(app, many[:-2] + b"connection: close\r\n\r\n").count(b" 200 OK") == 1_500


def answered(app: App, sent: bytes, more: bytes = b"") -> bytes:
    """What the app says to bytes, after which more come until it says something, before it hangs up."""
    with socket.create_connection((app.http.base_url.host, app.http.base_url.port or 0), timeout=20) as connection:
        connection.sendall(sent)
        while more and not select.select([connection], [], [], 0.05)[0]:
            connection.sendall(more)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_another_host_is_refused(app: App) -> None:
    assert "127.0.0.1" in problem(app.http.get("/v1/viewers/v/slate", headers={"host": "evil.example"}), 421)["detail"]


def test_keys_sizes_and_rates(copied: Callable[[], SmallState]) -> None:
    limits = Limits(in_flight=1, rate=0.5, burst=9, body=2_000)
    settings = ServerSettings(port=0, keys=ApiKeys([HASH]), limits=limits)
    with running(copied().world, settings) as app:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEY}"}):
            answer = app.http.get("/v1/viewers/v/slate", headers=headers)
            assert "Bearer KEY" in problem(answer, 401)["detail"] and answer.headers["www-authenticate"] == "Bearer"
        app.http.headers["authorization"] = f"Bearer {KEY}"
        assert app.slate("v")
        large = [posted(f"large-{n}", "v", "comedy-01") for n in range(50)]
        assert "2,000 bytes" in problem(app.post(*large), 413)["detail"]
        chunks = app.http.post("/v1/events", content=iter([b"x" * 1500] * 3), headers={"content-type": "text/json"})
        problem(chunks, 413)
        answers = [app.http.get("/v1/viewers/v/slate") for _ in range(20)]
        assert answers[0].status_code == 200
        assert "0.5 requests a second" in problem(answers[-1], 429)["detail"]
        assert int(answers[-1].headers["retry-after"]) >= 1
        assert app.http.get("/healthz").status_code == 200, "whoever restarts the app is never refused"


def test_a_flood_is_shed_and_leaves_nothing_behind(small: SmallState) -> None:
    with running(small.world, ServerSettings(port=0, limits=Limits(in_flight=4))) as app:
        statuses = Counter(answer.status_code for answer in asyncio.run(flood(str(app.http.base_url), 60)))
        assert set(statuses) == {200, 429} and statuses[200] >= 4
        assert app.metric("requests_shed_total") == statuses[429]
        assert all(len(app.films(f"after-{number}")) == 10 for number in range(20))
        assert (app.metric("requests_shed_total"), app.ready()["status"]) == (statuses[429], "ready")


async def flood(address: str, requests: int) -> list[httpx.Response]:
    """The answers to requests that are all sent at once, each for another viewer's slate."""
    async with httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=requests)) as client:
        targets = [f"/v1/viewers/flood-{number}/slate?n=50" for number in range(requests)]
        answers = await asyncio.gather(*map(client.get, targets))
    for answer in answers:
        assert answer.status_code == 200 or (problem(answer, 429) and answer.headers["retry-after"] == "1")
    return answers


def test_no_other_address_without_keys(small: SmallState) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        with pytest.raises(ServingError, match="no API keys"):
            serve(ServerSettings(host=host, port=0), small.world)
    assert "CINELOOP_API_KEYS" in refused("serve", "--host", "0.0.0.0", "--state", str(small.state.root))


def test_another_address_with_keys(small: SmallState) -> None:
    with running(small.world, ServerSettings(host="0.0.0.0", port=0, keys=ApiKeys([HASH]))) as app:
        elsewhere = {"host": "films.example"}
        problem(app.http.get("/v1/viewers/v/slate", headers=elsewhere), 401)
        let_in = app.http.get("/v1/viewers/v/slate", headers={**elsewhere, "authorization": f"Bearer {KEY}"})
        assert let_in.status_code == 200


def test_keys_are_read_from_a_file_and_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = "first" * 8, "second" * 8, "third" * 8
    file = tmp_path / "keys"
    file.write_text(f"# of the web site\n\n{hashed(first)}  until May\n   \n  # of the app\n\t{hashed(second)}\n")
    monkeypatch.setenv("CINELOOP_API_KEYS", f" {hashed(third)}, ,{hashed(KEY)}")
    keys = ApiKeys.read(file, api_key_hashes())
    for key in (first, second, third, KEY):
        assert keys.client(f"Bearer {key}".encode()) == hashed(key)
    assert keys.client(f"Bearer {hashed(first)}".encode()) is None, "a hash is no key"
    assert not ApiKeys.read(None, "")
    with pytest.raises(ServingError, match="cannot be read"):
        ApiKeys.read(tmp_path / "nowhere", "")
    file.write_text(f"{hashed(first)}\n{KEY[:-1]}\n")
    with pytest.raises(ServingError, match=r"63 characters.*SHA-256"):
        ApiKeys.read(file, "")


def hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()
