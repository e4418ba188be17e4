"""How fast the serving app answers, and how soon it reacts.

Server and load share the machine, so what is measured is both. Slates are asked for by so many connections, each
sending its next request when it has its answer. Reaction is the time from posting an event, the wait for Kafka
included, to the first changed slate, asked for every 10 ms, while other events flow.
"""

import asyncio
import itertools
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import numpy as np
import orjson
import uvloop

from pipelines.bench.figure import Figure
from pipelines.lake import catalogue, delta
from pipelines.lake.histories import SILVER
from pipelines.platform.state import State
from streaming.settings import REPOSITORY

_CONNECTIONS, _SECONDS = 8, 10.0
_ASKED, _REACTIONS, _RATE = 300, 100, 200.0
_UNLIMITED = 1_000_000
_WARM_S = 300.0
_POLL_S = 0.01
_PATIENCE_S = 10.0


class Connection:
    """One kept-alive HTTP/1.1 connection; as little of a client as will do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def get(self, target: str) -> tuple[int, bytes]:
        """Status and body."""
        return await self._ask(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    async def post(self, target: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to some JSON."""
        head = f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return await self._ask(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return int(head[9:12]), await self._reader.readexactly(length)


@dataclass
class Load:
    """What so many connections saw: seconds an answer took, and answers by status."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    lasted: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.seconds) / self.lasted

    def quantile(self, share: float) -> float:
        """Milliseconds within which this share was answered."""
        return float(np.quantile(self.seconds, share)) * 1000


async def load(port: int, targets: Iterator[str], connections: int, seconds: float) -> Load:
    """Ask for targets by so many connections; what they saw."""
    seen, ends = Load(), time.perf_counter() + seconds

    async def ask() -> None:
        connection = await Connection.open(port)
        while time.perf_counter() < ends:
            began = time.perf_counter()
            status, _ = await connection.get(next(targets))
            seen.seconds.append(time.perf_counter() - began)
            seen.statuses[status] = seen.statuses.get(status, 0) + 1

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(connections)))
    seen.lasted = time.perf_counter() - began
    return seen


async def _one_by_one(port: int, targets: list[str]) -> Load:
    connection, seen = await Connection.open(port), Load()
    for target in targets:
        began = time.perf_counter()
        await connection.get(target)
        seen.seconds.append(time.perf_counter() - began)
    return seen


async def reactions(port: int, viewers: list[str], films: list[str], count: int, rate: float) -> tuple[Load, float]:
    """From posting an event to the changed slate, so many times, while others flow; and how many a second they were."""
    ended = asyncio.Event()
    flowing = asyncio.ensure_future(_flow(port, viewers, films, rate, ended))
    connection = await Connection.open(port)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(count):
        viewer = f"bench-{uuid4().hex}" if chance.random() < 0.2 else f"pseudonym:{chance.choice(viewers)}"
        found.append(await _reaction(connection, viewer))
    ended.set()
    return Load(found), await flowing


async def _reaction(connection: Connection, viewer: str) -> float:
    """A like of a film that is shown, which is one that the viewer has not taken up."""
    target = f"/v1/viewers/{viewer}/slate"
    _, before = await connection.get(target)
    film = orjson.loads(before)["films"][0]["film_id"]
    began = time.perf_counter()
    status, said = await connection.post("/v1/events", orjson.dumps([_event(viewer, film)]))
    assert status == 202, said
    while (await connection.get(target))[1] == before:
        if time.perf_counter() > began + _PATIENCE_S:
            break
        await asyncio.sleep(_POLL_S)
    return time.perf_counter() - began


async def _flow(port: int, viewers: list[str], films: list[str], rate: float, ended: asyncio.Event) -> float:
    """Post other viewers' events, ten at a time, at a pace; how many a second were accepted."""
    connection, chance = await Connection.open(port), np.random.default_rng(1)
    began, sent = time.perf_counter(), 0
    while not ended.is_set():
        batch = [_event(f"flow-{chance.integers(1000)}", str(chance.choice(films))) for _ in range(10)]
        status, said = await connection.post("/v1/events", orjson.dumps(batch))
        assert status == 202, said
        sent += len(batch)
        await asyncio.sleep(max(0.0, sent / rate - (time.perf_counter() - began)))
    return sent / (time.perf_counter() - began)


def _event(viewer: str, film: str) -> dict[str, object]:
    data = {"occurred_at": int(time.time() * 1000), "viewer_id": viewer, "film_id": film}
    return {"id": uuid4().hex, "source": "bench", "type": "viewing.like", "data": data}


def measure(state: State) -> Iterator[Figure]:
    """Figures of an app that is started on a state folder, which it leaves with a few events more."""
    events = delta.read(state.lake, SILVER, ["viewer_id"])
    if events is None:
        raise SystemExit(
            f"{state.root} has no viewer: `cineloop run --once --data DIR --state {state.root}` makes some"
        )
    viewers, films = sorted(events["viewer_id"].unique()), list(catalogue.read(state.lake).films)
    with _app(state) as port:
        yield from uvloop.run(_figures(port, viewers, films))


async def _figures(port: int, viewers: list[str], films: list[str]) -> list[Figure]:
    bare = await load(port, itertools.repeat("/healthz"), _CONNECTIONS, _SECONDS)
    targets = [f"/v1/viewers/pseudonym:{viewer}/slate" for viewer in viewers[:_ASKED]]
    ranked = await _one_by_one(port, targets)
    kept = await load(port, itertools.cycle(targets), _CONNECTIONS, _SECONDS)
    assert set(kept.statuses) == {200}, kept.statuses
    found, flowed = await reactions(port, viewers[_ASKED:] or viewers, films, _REACTIONS, _RATE)
    at_once, flow = f"slates, {_CONNECTIONS} connections", f"event posted → changed slate, {flowed:.0f} others/s"
    return [
        Figure(at_once, kept.rate, "requests/s", bare.rate, "`/healthz`"),
        Figure(f"{at_once}, median", kept.quantile(0.5), "ms", bare.quantile(0.5), "`/healthz`"),
        Figure(f"{at_once}, 99th percentile", kept.quantile(0.99), "ms", bare.quantile(0.99), "`/healthz`"),
        Figure("a slate that has to be ranked, median", ranked.quantile(0.5), "ms", kept.quantile(0.5), "from memory"),
        Figure("… 95th percentile", ranked.quantile(0.95), "ms", ranked.quantile(0.5), "the median"),
        Figure(f"{flow}, median", found.quantile(0.5), "ms", ranked.quantile(0.5), "a ranking"),
        Figure("… 95th percentile", found.quantile(0.95), "ms", found.quantile(0.5), "the median"),
    ]


@contextmanager
def _app(state: State) -> Iterator[int]:
    """`cineloop serve` on a free port, warm."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "pipelines.cli.main", "serve", "--state", str(state.root), "--port", str(port)]
    command += ["--rate", str(_UNLIMITED)]  # the load comes from one client
    process = subprocess.Popen(command, cwd=REPOSITORY)
    try:
        _await_warm(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await_warm(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + _WARM_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit("the app did not become ready: its last words are above")
