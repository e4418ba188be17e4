"""How fast a running app answers, and how soon it reacts: `python -m pipelines.serving.bench --state DIR --port P`.

Server and load share the machine, so what is measured is both. Slates are asked for by so many connections, each
sending its next request when it has its answer. Reaction is the time from posting an event, the wait for Kafka
included, to the first changed slate, asked for every 10 ms, while other events flow.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import numpy as np
import orjson

from pipelines import tables
from pipelines.serving.lake import SILVER, catalogue
from pipelines.state import State

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

    def line(self, what: str, lasted: float) -> str:
        """The load in a line."""
        rate = len(self.seconds) / lasted
        return f"{what}: {rate:,.0f} requests/s, {_spread(self.seconds)}, by status {self.statuses}"


async def load(port: int, targets: Iterator[str], connections: int, seconds: float) -> tuple[Load, float]:
    """Ask for targets by so many connections; what they saw, and how long it lasted."""
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
    return seen, time.perf_counter() - began


async def reactions(port: int, viewers: list[str], films: list[str], count: int, rate: float) -> list[float]:
    """Seconds from posting an event to the changed slate, so many times, while `rate` other events a second flow."""
    ended = asyncio.Event()
    flowing = asyncio.ensure_future(_flow(port, viewers, films, rate, ended))
    connection = await Connection.open(port)
    chance = np.random.default_rng(0)
    found = []
    for _ in range(count):
        viewer = f"bench-{uuid4().hex}" if chance.random() < 0.2 else f"pseudonym:{chance.choice(viewers)}"
        found.append(await _reaction(connection, viewer))
    ended.set()
    print(f"meanwhile {await flowing:,.0f} other events a second were accepted")
    return found


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


def _spread(seconds: list[float]) -> str:
    p50, p95, p99 = np.quantile(seconds, (0.5, 0.95, 0.99)) * 1000
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"


async def measure(state: State, port: int, connections: int, seconds: float, asked: int, count: int) -> None:
    """Print all figures: first slates that have to be ranked, then the same from memory, then reactions."""
    events = tables.read(state.lake, SILVER, ["viewer_id"])
    assert events is not None
    viewers, films = sorted(events["viewer_id"].unique()), list(catalogue(state))
    targets = [f"/v1/viewers/pseudonym:{viewer}/slate" for viewer in viewers[:asked]]
    cold = Load()
    began = time.perf_counter()
    connection = await Connection.open(port)
    for target in targets:
        asked_at = time.perf_counter()
        status, _ = await connection.get(target)
        cold.seconds.append(time.perf_counter() - asked_at)
        cold.statuses[status] = cold.statuses.get(status, 0) + 1
    print(cold.line(f"slates of {len(targets)} viewers, ranked, 1 connection", time.perf_counter() - began))
    warm, lasted = await load(port, itertools.cycle(targets), connections, seconds)
    print(warm.line(f"the same from memory, {connections} connections", lasted))
    found = await reactions(port, viewers[asked:] or viewers, films, count, rate=200)
    print(f"event posted → changed slate, {count} times: {_spread(found)}")


def main() -> None:
    """Measure a running app."""
    parser = argparse.ArgumentParser(description="Measure a running `cineloop serve`.")
    parser.add_argument("--state", type=Path, default=Path("state"), help="its state folder")
    parser.add_argument("--port", type=int, default=8800, help="its port on 127.0.0.1")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--viewers", type=int, default=300, help="whose slates are asked for")
    parser.add_argument("--reactions", type=int, default=100)
    options = parser.parse_args()
    import uvloop

    uvloop.run(
        measure(
            State.at(options.state),
            options.port,
            options.connections,
            options.seconds,
            options.viewers,
            options.reactions,
        )
    )


if __name__ == "__main__":
    main()
