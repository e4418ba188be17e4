"""Slates, similar films and profiles as rendered bytes; one thread ranks them."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from streaming.schema.events import derive_id
from streaming.serving.delivery.slate_publisher import SlatePublisher
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import Readiness
from streaming.serving.histories.store import ViewerHistories
from streaming.serving.http import responses
from streaming.serving.http.answer_cache import AnswerCache, CachedAnswer
from streaming.serving.ranking.decider import Decider, SlateRequest
from streaming.serving.ranking.model_reload import ModelReloader

SLATE_LASTS_S = 900.0
"""After this long a slate is drawn anew, even if the viewer has done nothing."""
SLATE_ROUTE, SIMILAR_ROUTE = "/v1/viewers/{viewer_id:path}/slate", "/v1/films/{film_id:path}/similar"


@dataclass
class SlateService:
    """Answers requests about viewers and films, and keeps the answers in `cache`.

    `viewers` is set once the lake has been read; until then `readiness` refuses every request.
    """

    readiness: Readiness
    metrics: Metrics
    publisher: SlatePublisher
    slate_lasts_s: float = SLATE_LASTS_S
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        """Make the cache of answers and the thread that ranks."""
        self.viewers: ViewerHistories | None = None
        self.reloader: ModelReloader | None = None
        self.cache = AnswerCache(self._decider_generation, self._history_revision, self.clock)
        # One thread: ranking holds the interpreter for most of its time, and two would only wait for each other.
        self._ranking = ThreadPoolExecutor(1, "ranking")
        self._under_way: dict[Any, asyncio.Task[bytes]] = {}

    async def slate(
        self, viewer: str, films: int, context: str | None, diversity: float | None, target: bytes
    ) -> bytes:
        """A viewer's slate as JSON, ranked from the viewer's history now, cached under `target` and published to Kafka.

        Requests for a slate that is being ranked wait for it with the first.

        Raises:
            Problem: nothing can be ranked yet, or not in this context.
        """
        self.readiness.refuse_if_missing()
        period, until = self._period(viewer)
        request = SlateRequest(viewer, films, context, period, diversity)
        key = (request, self._decider_generation(), self._history_revision(viewer))
        task = self._under_way.get(key)
        if task is None:
            task = self._under_way[key] = asyncio.ensure_future(self._rank_and_cache(request, until, target))
            task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return await asyncio.shield(task)

    async def similar(self, film_id: str, n: int, target: bytes) -> bytes:
        """JSON of the films ranked for a viewer who saw only this film.

        It is cached under `target`, the request's path and query.

        Raises:
            Problem: nothing can be ranked yet, the film is unknown, or the model was trained without it.
        """
        self.readiness.refuse_if_missing()
        decider, generation = self._current_decider()
        body = await self._run_on_ranking_thread(_similar_json, decider, film_id, n)
        self.cache.keep(target, CachedAnswer(body, generation, None, 0, float("inf"), SIMILAR_ROUTE))
        return body

    async def profile(self, viewer: str) -> bytes:
        """A viewer's profile as JSON.

        Raises:
            Problem: the histories have not been read yet.
        """
        self.readiness.refuse_if_missing()
        assert self.viewers is not None
        return await self._run_on_ranking_thread(
            responses.profile, viewer, self.viewers.profile(viewer), self._current_decider()[0]
        )

    def close(self) -> None:
        """Stop the thread that ranks."""
        self._ranking.shutdown(wait=False, cancel_futures=True)

    async def _rank_and_cache(self, request: SlateRequest, until: float, target: bytes) -> bytes:
        """Rank a slate on the ranking thread, which queues it for Kafka; cache the JSON under `target`; return it."""
        decider, generation = self._current_decider()
        # Read before the history: an event in between makes the answer one that is made anew, never one too old.
        revision = self._history_revision(request.viewer_id)
        body = await self._run_on_ranking_thread(self._decide_and_publish, decider, request)
        self.cache.keep(target, CachedAnswer(body, generation, request.viewer_id, revision, until, SLATE_ROUTE))
        return body

    def _decide_and_publish(self, decider: Decider, request: SlateRequest) -> bytes:
        """Make a slate from the viewer's history, queue it for Kafka, and return it as JSON."""
        assert self.viewers is not None
        known = self.viewers.snapshot(request.viewer_id).restricted_to(decider.films)
        made = decider.slate(request, known, int(self.clock() * 1000))
        self.publisher.publish(made)
        self.metrics.ranked.inc()
        return responses.slate(made, decider.films, newcomer=not known.interactions)

    async def _run_on_ranking_thread(self, work: Callable[..., bytes], *arguments: Any) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._ranking, work, *arguments)

    def _period(self, viewer: str) -> tuple[int, float]:
        """The number of the viewer's current period, and when it ends (clock seconds); viewers' periods are shifted."""
        shift = int(derive_id("period", viewer)[:8], 16) % 10_000 / 10_000
        period = int(self.clock() / self.slate_lasts_s + shift)
        return period, (period + 1 - shift) * self.slate_lasts_s

    def _current_decider(self) -> tuple[Decider, int]:
        """The decider that serves, and its generation, which is never the newer of the two."""
        assert self.reloader is not None and self.reloader.decider is not None
        # The generation first: what is made by a newer decider than it says is made anew, and the reverse would stay.
        generation = self.reloader.generation
        return self.reloader.decider, generation

    def _decider_generation(self) -> int:
        return self.reloader.generation if self.reloader else 0

    def _history_revision(self, viewer: str) -> int:
        return self.viewers.revision(viewer) if self.viewers else 0


def _similar_json(decider: Decider, film_id: str, n: int) -> bytes:
    found = decider.similar(film_id, n)
    return responses.similar(decider.films[film_id], found, decider.name)
