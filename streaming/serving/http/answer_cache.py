"""Rendered answers kept in memory: the hot path is one look-up by the request's target."""

from collections.abc import Callable
from dataclasses import dataclass

_BYTES = 64 * 1024 * 1024
_OVERHEAD = 512  # bytes of an entry beside target and body


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """A rendered answer, and what it was made from: it holds while that stays the same."""

    body: bytes
    generation: int  # of the decider
    viewer_id: str | None  # whose history it was ranked from
    revision: int  # of that history
    until: float  # clock seconds
    route: str = ""  # its label in the metrics


class AnswerCache:
    """Answers by target (path and query as sent), at most so many bytes; the oldest goes first."""

    def __init__(
        self,
        generation: Callable[[], int],
        revision: Callable[[str], int],
        clock: Callable[[], float],
        most: int = _BYTES,
    ) -> None:
        self._generation, self._revision, self._clock, self._most = generation, revision, clock, most
        self._answers: dict[bytes, CachedAnswer] = {}
        self._bytes = 0

    def find(self, target: bytes) -> CachedAnswer | None:
        """The answer, if it still holds; one that does not is forgotten."""
        found = self._answers.get(target)
        if found is None or found.generation != self._generation() or self._clock() >= found.until:
            return None
        if found.viewer_id is not None and self._revision(found.viewer_id) != found.revision:
            return None
        return found

    def keep(self, target: bytes, answer: CachedAnswer) -> None:
        """Keep an answer in memory, at the expense of the oldest ones."""
        self._forget_answer(target)
        self._answers[target] = answer
        self._bytes += _size_in_memory(target, answer)
        while self._bytes > self._most:
            self._forget_answer(next(iter(self._answers)))

    def _forget_answer(self, target: bytes) -> None:
        answer = self._answers.pop(target, None)
        if answer is not None:
            self._bytes -= _size_in_memory(target, answer)


def _size_in_memory(target: bytes, answer: CachedAnswer) -> int:
    return len(target) + len(answer.body) + _OVERHEAD
