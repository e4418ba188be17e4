"""The interface between the app and recommenders: a `Decider` makes slates, a `DeciderSource` loads the current one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streaming.schema.events import Slate
from streaming.serving.health.status_causes import Cause
from streaming.serving.histories.viewer_history import ViewerKnowledge


class CannotServe(Exception):
    """The current decider cannot be loaded; `cause` is what `/readyz` reports."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.detail)
        self.cause = cause


@dataclass(frozen=True)
class Film:
    """A film of the catalogue; one that is not out yet is never shown."""

    film_id: str
    title: str
    genres: tuple[str, ...] = ()
    out: bool = True


@dataclass(frozen=True)
class Similar:
    """A film, and the model's score of watching it after another."""

    film: Film
    score: float


@dataclass(frozen=True)
class SlateRequest:
    """Whose slate (by pseudonym), how many films, in what context, how varied, in which period.

    The same request with the same history gives the same slate in every process.
    """

    viewer_id: str
    films: int
    context: str | None
    period: int
    diversity: float | None = None  # 0–1; None: the app's default


class Decider(Protocol):
    """One model version with its catalogue; immutable, and replaced as a whole."""

    @property
    def name(self) -> str | None:
        """The model version, such as `recommender/3`; None where no model serves yet."""
        ...

    @property
    def films(self) -> Mapping[str, Film]:
        """The catalogue by film_id."""
        ...

    def slate(self, request: SlateRequest, known: ViewerKnowledge, now: int) -> Slate:
        """A slate with exact propensities; `now` (UTC milliseconds) is only noted in it.

        `known` is of films of the catalogue alone.

        Raises:
            Problem: no slate can be made for the request's context.
        """
        ...

    def similar(self, film_id: str, n: int) -> Sequence[Similar]:
        """The films that follow from this one, best first.

        Raises:
            Problem: the catalogue, or the model, does not have it.
        """
        ...


class DeciderSource(Protocol):
    """Loads deciders."""

    def standing(self) -> str:
        """The name of the decider that should serve now. It is asked every second, so it must be cheap."""
        ...

    def load(self, standing: str) -> Decider:
        """The decider of that name, after a trial run.

        Raises:
            CannotServe: it is torn or foreign, or there is nothing to show.
            Exception: its trial failed. The decider that serves goes on serving in any case.
        """
        ...
