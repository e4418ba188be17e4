"""What is behind the routes: who decides, who is asked about, and the one thread that ranks."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from streaming.schema.events import derive_id
from streaming.serving.delivery.publishing import Publisher
from streaming.serving.health.metrics import Metrics
from streaming.serving.health.readiness import Readiness
from streaming.serving.histories.viewers import Viewers
from streaming.serving.http import answers
from streaming.serving.http.prepared import Prepared, PreparedAnswers
from streaming.serving.http.problems import Problem
from streaming.serving.ranking.decider import Decider, Similar, UnknownContext, UnknownFilm, Unlearned, Wish
from streaming.serving.ranking.model_reload import Succession

SLATE_LASTS_S = 900.0
"""After this long a slate is drawn anew, though nothing has happened."""


@dataclass(frozen=True)
class Asked:
    """A request for a slate: `deciding.Wish` before its period is known."""

    viewer: str
    films: int
    context: str | None
    diversity: float | None


@dataclass
class Desk:
    """Answers to questions about viewers and films, as rendered bytes.

    `viewers` is set once the lake has been read; until then `readiness` says that they are missing.
    """

    readiness: Readiness
    metrics: Metrics
    publisher: Publisher
    slate_lasts_s: float = SLATE_LASTS_S
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        self.viewers: Viewers | None = None
        self.succession: Succession | None = None
        self.prepared = PreparedAnswers(self._generation, self._revision, self.clock)
        # One thread: ranking holds the interpreter for most of its time, and two would only wait for each other.
        self._ranking = ThreadPoolExecutor(1, "ranking")
        self._under_way: dict[Any, asyncio.Task[bytes]] = {}

    async def slate(self, asked: Asked, target: bytes) -> bytes:
        """A viewer's slate, ranked from what is known of the viewer now.

        Raises:
            Problem: nothing can be ranked yet, or not in this context.
        """
        self.readiness.refuse_if_missing()
        now = (asked, self._generation(), self._revision(asked.viewer))
        return await self._once(now, lambda: self._rank(asked, target))

    async def similar(self, film_id: str, n: int, target: bytes) -> bytes:
        """The films that follow from a film.

        Raises:
            Problem: nothing can be ranked yet, there is no such film, or the model has learned nothing of it.
        """
        self.readiness.refuse_if_missing()
        decider, generation = self._decider()
        if film_id not in decider.films:
            raise Problem("not-found", "No film of the catalogue has this id: slates name the ids that there are")
        body = await self._off_loop(_similar, decider, film_id, n)
        self.prepared.keep(target, Prepared(body, generation, None, 0, float("inf")))
        return body

    async def profile(self, viewer: str) -> bytes:
        """What is known of a viewer.

        Raises:
            Problem: nothing is known of anybody yet.
        """
        self.readiness.refuse_if_missing()
        assert self.viewers is not None
        return await self._off_loop(answers.profile, viewer, self.viewers.account(viewer), self._decider()[0])

    def close(self) -> None:
        """Rank no more."""
        self._ranking.shutdown(wait=False, cancel_futures=True)

    async def _once(self, asked: Any, work: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Who asks for what is being made waits for it with the others."""
        task = self._under_way.get(asked)
        if task is None:
            task = self._under_way[asked] = asyncio.ensure_future(work())
            task.add_done_callback(lambda _: self._under_way.pop(asked, None))
        return await asyncio.shield(task)

    async def _rank(self, asked: Asked, target: bytes) -> bytes:
        assert self.viewers is not None
        decider, generation = self._decider()
        # Read before the history: an event in between makes the answer one that is made anew, never one too old.
        revision = self._revision(asked.viewer)
        period, until = self._period(asked.viewer)
        wish = Wish(asked.viewer, asked.films, asked.context, period, asked.diversity)
        try:
            body = await self._off_loop(self._decide, decider, wish)
        except UnknownContext as error:
            raise Problem("invalid", str(error)) from error
        self.prepared.keep(target, Prepared(body, generation, asked.viewer, revision, until))
        return body

    def _decide(self, decider: Decider, wish: Wish) -> bytes:
        assert self.viewers is not None
        known = self.viewers.known(wish.viewer_id).among(decider.films)
        made = decider.slate(wish, known, int(self.clock() * 1000))
        self.publisher.publish(made)
        self.metrics.ranked.inc()
        return answers.slate(made, decider.films, newcomer=not known.interactions)

    async def _off_loop(self, work: Callable[..., bytes], *arguments: Any) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._ranking, work, *arguments)

    def _period(self, viewer: str) -> tuple[int, float]:
        """Which of a viewer's periods it is, and when it ends (clock seconds): everybody's ends at another time."""
        shift = int(derive_id("period", viewer)[:8], 16) % 10_000 / 10_000
        period = int(self.clock() / self.slate_lasts_s + shift)
        return period, (period + 1 - shift) * self.slate_lasts_s

    def _decider(self) -> tuple[Decider, int]:
        assert self.succession is not None and self.succession.decider is not None
        # The generation first: what is made by a newer decider than it says is made anew, and the reverse would stay.
        generation = self.succession.generation
        return self.succession.decider, generation

    def _generation(self) -> int:
        return self.succession.generation if self.succession else 0

    def _revision(self, viewer: str) -> int:
        return self.viewers.revision(viewer) if self.viewers else 0


def _similar(decider: Decider, film_id: str, n: int) -> bytes:
    try:
        found: list[Similar] = list(decider.similar(film_id, n))
    except UnknownFilm as error:
        raise Problem("not-found", str(error)) from error
    except Unlearned as error:
        raise Problem("unlearned", str(error)) from error
    return answers.similar(decider.films[film_id], found, decider.name)
