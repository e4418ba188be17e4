"""Rivals that are not announced yet: how many to expect on a date, and their weight.

A far week looks empty because its films are not announced. How many open in a week, and the share that is announced so
many days before, is learned from the films of the last year; rivals still to come are drawn from them.
"""

from dataclasses import dataclass

import numpy as np

from models.films.past import FloatArray, IntArray
from models.planning.rivalry import DatedFilms, Rivalry
from models.planning.runs import WEEK, WEEKS

_YEAR = 364


@dataclass(frozen=True)
class Coming:
    """The films of the last year, and how many days before its opening each was announced."""

    openings: DatedFilms  # of the last year
    lead: IntArray  # days, (films,)
    today: int

    @classmethod
    def of(cls, openings: DatedFilms, announced: IntArray, today: int) -> "Coming":
        """Note of the last year's openings how many days before it each was announced, as known on day `today`."""
        lately = np.flatnonzero((openings.opens <= today) & (openings.opens > today - _YEAR))
        return cls(openings.rows(lately), (openings.opens - announced)[lately], today)

    def unknown(self, day: IntArray) -> FloatArray:
        """How many films of the week of each day are expected that are not announced today."""
        later = self.lead[None, :] < (day - self.today)[:, None]
        return np.asarray(later.sum(axis=1) * WEEK / _YEAR, dtype=np.float64)

    def pressure(
        self, form: Rivalry, openings: DatedFilms, film: int, opened: IntArray, draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Draw rivals still to be announced: their pressure on `film` in each draw, (draws, dates, weeks, 2)."""
        last = int(opened.max()) + WEEK * WEEKS
        days = np.arange(int(opened.min()) % WEEK + self.today // WEEK * WEEK, last, WEEK)
        days = days[days > self.today]
        count = rng.poisson(self.unknown(days), (draws, len(days)))
        which = rng.integers(0, max(1, len(self.lead)), int(count.sum()))
        cell = np.repeat(np.arange(count.size), count.ravel())
        weights = np.zeros((count.size, 2))
        np.add.at(weights, cell, openings.weights(form, film, self.openings.rows(which)))
        pull = form.freshness(opened, days)  # (dates, days, weeks)
        return np.asarray(
            np.einsum("dvw,nvk->ndwk", pull, weights.reshape(draws, len(days), 2), optimize=True), dtype=np.float64
        )
