"""Answers rendered before, as bytes: the hot path is one look-up by the request's target."""

from collections.abc import Callable
from dataclasses import dataclass

_ANSWERS = 20_000  # some 50 MB


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rendered answer and what it holds true for."""

    body: bytes
    generation: int  # of the decider
    viewer_id: str | None  # whose history it was ranked from
    revision: int  # of that history
    until: float  # clock seconds


class PreparedAnswers:
    """Answers by target (path and query as sent), at most so many; the oldest goes first."""

    def __init__(
        self,
        generation: Callable[[], int],
        revision: Callable[[str], int],
        clock: Callable[[], float],
        size: int = _ANSWERS,
    ) -> None:
        self._generation, self._revision, self._clock, self._size = generation, revision, clock, size
        self._answers: dict[bytes, Prepared] = {}

    def find(self, target: bytes) -> bytes | None:
        """The answer, if it still is the answer."""
        found = self._answers.get(target)
        if found is None or found.generation != self._generation() or self._clock() >= found.until:
            return None
        if found.viewer_id is not None and self._revision(found.viewer_id) != found.revision:
            return None
        return found.body

    def keep(self, target: bytes, answer: Prepared) -> None:
        """Keep an answer."""
        self._answers.pop(target, None)
        if len(self._answers) >= self._size:
            del self._answers[next(iter(self._answers))]
        self._answers[target] = answer
