"""What the app knows of recommenders: a decider makes slates, and a source says which decider stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streaming.schema.events import Slate
from streaming.serving.health.causes import Cause
from streaming.serving.histories.history import Known


class UnknownFilm(Exception):
    """No film of the catalogue has this id."""


class Unlearned(Exception):
    """The model has learned nothing of the film; the message says when it will have."""


class UnknownContext(Exception):
    """The context cannot be served; the message says which can."""


class CannotServe(Exception):
    """What stands cannot decide; what caused it, for whoever asks."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.detail)
        self.cause = cause


@dataclass(frozen=True)
class Film:
    """A film of the catalogue; one that is not out is known, and not shown."""

    film_id: str
    title: str
    genres: tuple[str, ...] = ()
    out: bool = True


@dataclass(frozen=True)
class Similar:
    """A film, and how much the model says that it follows another."""

    film: Film
    score: float


@dataclass(frozen=True)
class Wish:
    """What is asked for: whose slate (by pseudonym), how many films, in what context, how varied, in which period.

    The same wish with the same history gives the same slate, whichever process makes it.
    """

    viewer_id: str
    films: int
    context: str | None
    period: int
    diversity: float | None = None  # 0–1; None as the app was started with


class Decider(Protocol):
    """One model version with its catalogue. It never changes; another takes its place."""

    @property
    def name(self) -> str | None:
        """The model version, such as `recommender/3`; None where no model serves yet."""
        ...

    @property
    def films(self) -> Mapping[str, Film]:
        """The catalogue by film_id."""
        ...

    def slate(self, wish: Wish, known: Known, now: int) -> Slate:
        """A slate with exact propensities; `now` (UTC milliseconds) is only noted in it.

        `known` is of films of the catalogue alone.

        Raises:
            UnknownContext: no slate can be made for the wish's context.
        """
        ...

    def similar(self, film_id: str, n: int) -> Sequence[Similar]:
        """The films that follow from this one, best first.

        Raises:
            UnknownFilm: the catalogue does not have it.
            Unlearned: the catalogue has it, and the model does not.
        """
        ...


class Source(Protocol):
    """Where deciders come from."""

    def standing(self) -> str:
        """The name of what should decide now. It is asked every second, so it must cost next to nothing."""
        ...

    def load(self, standing: str) -> Decider:
        """The decider of that name, tried out.

        Raises:
            CannotServe: it is torn or foreign, or there is nothing to show.
            Exception: it fails its trial. What decides now goes on deciding in any case.
        """
        ...
