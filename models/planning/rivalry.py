"""Pressure of rivals on a film's weeks: films that open near it weigh more if larger, newer and more alike."""

from dataclasses import dataclass
from itertools import product
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from models.films.past import FloatArray, IntArray
from models.planning.runs import WEEK, WEEKS

Measure = Literal["budget", "size by facts"]
NAMES = ("rivals that are alike", "rivals of any kind")


@dataclass(frozen=True)
class Rivalry:
    """A functional form of rivalry: a rival's weight, its decay and its reach; chosen by validation."""

    measure: Measure  # of a rival's size
    growth: float  # with that measure: 0 all weigh the same, 1 in proportion
    fades: float  # days in which its pull falls by e
    reach: int  # days between two openings up to which the films are rivals; none are below 0

    def __str__(self) -> str:
        if self.reach < 0:
            return "no rivals"
        return f"{self.measure} to the power {self.growth:g}, within {self.reach} days, fading in {self.fades:g}"

    def freshness(self, opened: IntArray, rival: IntArray) -> FloatArray:
        """The mean pull of rivals in each week of runs; days of both openings, (dates,) and (rivals,).

        A rival pulls from its own opening on. Returns (dates, rivals, weeks).
        """
        apart = opened[:, None] - rival[None, :]
        age = (apart[..., None] + WEEK * np.arange(WEEKS))[..., None] + np.arange(WEEK)
        pull = np.where(age >= 0, np.exp(-np.maximum(age, 0) / self.fades), 0.0).mean(axis=-1)
        return np.asarray(pull * (np.abs(apart) <= self.reach)[..., None])


ALONE = Rivalry("budget", 0.0, 1.0, -1)  # no film has rivals
_FARTHEST = 28  # days
FORMS = (
    ALONE,
    *(
        Rivalry(measure, growth, fades, reach)
        for measure, growth, fades, reach in product(
            get_args(Measure), (0.5, 1.0), (7.0, 14.0, 28.0), (7, 14, _FARTHEST)
        )
    ),
)


@dataclass(frozen=True)
class DatedFilms:
    """Films that open, or have opened: their days, genres and sizes, one row each."""

    opens: IntArray  # day numbers
    genres: FloatArray  # (films, genres): 1 where a film has one
    size: dict[Measure, FloatArray]  # logs over what is usual, (films,) each; 0 where a budget is not known
    guessed: npt.NDArray[np.bool_]  # whether the budget is not known

    def rows(self, chosen: IntArray) -> "DatedFilms":
        """The films at these positions."""
        sizes = {measure: size[chosen] for measure, size in self.size.items()}
        return DatedFilms(self.opens[chosen], self.genres[chosen], sizes, self.guessed[chosen])

    def pressure(self, form: Rivalry, film: int, opened: IntArray) -> FloatArray:
        """The pressure of rivals (columns `NAMES`) on each week of `film`, if opened on each day: (dates, weeks, 2).

        All others open when they do.
        """
        others = self.rows(self._near(form, film, opened))
        return np.asarray(
            np.einsum("drw,rk->dwk", form.freshness(opened, others.opens), self.weights(form, film, others)),
            dtype=np.float64,
        )

    def doubt(
        self, form: Rivalry, film: int, opened: IntArray, draws: int, rng: np.random.Generator
    ) -> FloatArray | float:
        """Draw what to add to `pressure` for rivals whose budget is not known: (draws, dates, weeks, 2), or 0.

        Budgets are drawn from those that are known.
        """
        near = self._near(form, film, opened)
        guessed = near[self.guessed[near]]
        if form.measure != "budget" or not len(guessed) or self.guessed.all():
            return 0.0
        others = self.rows(guessed)
        drawn = rng.choice(self.size["budget"][~self.guessed], (draws, len(guessed)))
        more = np.expm1(form.growth * drawn)[..., None] * self.weights(form, film, others)
        return np.asarray(
            np.einsum("drw,nrk->ndwk", form.freshness(opened, others.opens), more, optimize=True), dtype=np.float64
        )

    def _near(self, form: Rivalry, film: int, opened: IntArray) -> IntArray:
        """The positions of the films that are rivals of a film on at least one of these days."""
        near = np.abs(self.opens[None, :] - opened[:, None]).min(axis=0) <= form.reach
        near[film] = False
        return np.flatnonzero(near)

    def weights(self, form: Rivalry, film: int, others: "DatedFilms") -> FloatArray:
        """What each of the others weighs for a film, by likeness and whatever it is like: (others, 2)."""
        plain = np.exp(form.growth * others.size[form.measure])
        return np.column_stack([likeness(self.genres[film], others.genres) * plain, plain])


@dataclass(frozen=True)
class Pairs:
    """Films on their own dates with all that open within the longest reach of a form, a row a pair."""

    openings: DatedFilms
    film: IntArray  # position among the films that were asked for
    rival: IntArray  # row of the openings
    apart: IntArray  # days from the rival's opening to the film's
    likeness: FloatArray
    films: int

    @classmethod
    def of(cls, openings: DatedFilms, films: IntArray) -> "Pairs":
        """Pair each of these films with all that open within the longest reach of a form."""
        apart = openings.opens[films][:, None] - openings.opens[None, :]
        near = (np.abs(apart) <= _FARTHEST) & (films[:, None] != np.arange(len(openings.opens)))
        film, rival = np.nonzero(near)
        alike = [likeness(openings.genres[each], openings.genres[near[row]]) for row, each in enumerate(films)]
        return cls(openings, film, rival, apart[near], np.concatenate(alike), len(films))

    def pressure(self, form: Rivalry) -> FloatArray:
        """The pressure of rivals (columns `NAMES`) on each week of each film: (films, weeks, 2)."""
        days = np.arange(-_FARTHEST, _FARTHEST + 1)
        pull = form.freshness(days, np.zeros(1, dtype=np.int64))[:, 0]  # by how far apart they open
        weight = np.exp(form.growth * self.openings.size[form.measure])[self.rival]
        pressed = np.zeros((self.films, WEEKS, len(NAMES)))
        for week in range(WEEKS):
            of_pairs = weight * pull[self.apart + _FARTHEST, week]
            for column, values in enumerate((of_pairs * self.likeness, of_pairs)):
                pressed[:, week, column] = np.bincount(self.film, values, self.films)
        return pressed


def likeness(ours: FloatArray, theirs: FloatArray) -> FloatArray:
    """Cosines of a film's genres, (genres,), with those of others, (others, genres): 0–1."""
    lengths = np.sqrt(np.maximum(ours.sum(), 1.0) * np.maximum(theirs.sum(axis=1), 1.0))
    return np.asarray(theirs @ ours / lengths)
