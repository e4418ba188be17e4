"""The hidden truth: who would click on what, and who would enjoy it, in any week of the world's life."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

from streaming.audience.films import Films, films_known
from streaming.audience.numeric import Floats, logistic
from streaming.audience.viewers import public_taste, tastes
from streaming.errors import AudienceError

MEAN_ATTRACTION = 0.07  # over all viewers and the opening catalogue
_TASTE, _APPEAL = 1.7, 0.4  # standard deviations of the two parts of the click's logit
_ENJOYED_QUALITY = 0.5


@dataclass(frozen=True)
class World:
    """A world of viewers and films, all of it a function of its seed.

    `viewers` are there at the start, and a few more join every week; `films` are known at the start, and a
    few more are announced every week. Weeks count from 1; week 0 stands for all that was before.

    Raises:
        AudienceError: the seed is negative, or there is nobody, or nothing, in the world.
    """

    seed: int
    viewers: int = 800
    films: int = 400

    def __post_init__(self) -> None:
        """Raise AudienceError if the seed is negative, or there is no viewer or no film."""
        if self.seed < 0 or self.viewers < 1 or self.films < 10:
            raise AudienceError(f"saw {self}; a world needs a seed ≥ 0, viewers ≥ 1 and films ≥ 10")

    def films_of(self, week: int) -> Films:
        """The films announced by the end of `week`."""
        return films_known(self.seed, self.films, week)

    def taste_of(self, week: int) -> Floats:
        """How well each film suits each viewer in `week`, (viewers, films), in standard deviations."""
        return self.suits(week, self.films_of(week).latent)

    def suits(self, week: int, latent: Floats) -> Floats:
        """How well places among tastes, (places, DIMENSIONS), suit each viewer in `week`, (viewers, places)."""
        return self._standardised_taste(tastes(self.seed, self.viewers, week), latent)

    def public_taste(self, week: int) -> Floats:
        """How well each film suits the public at large in `week`, history included, (films,)."""
        return self._standardised_taste(public_taste(self.seed, week), self.films_of(max(week, 0)).latent)

    def lure(self, week: int) -> Floats:
        """The log odds that a viewer who examines a film of a slate clicks on it, (viewers, films).

        They know nothing of release dates, nor of what the viewer has already watched.
        """
        return self._lure_intercept + self._raw_lure(week)

    def enjoyment(self, week: int) -> Floats:
        """How much a viewer would enjoy a film, (viewers, films), about standard normal."""
        return self.taste_of(week) + _ENJOYED_QUALITY * self.films_of(week).quality

    def _raw_lure(self, week: int) -> Floats:
        """Taste and appeal, weighed, before the intercept, (viewers, films)."""
        return _TASTE * self.taste_of(week) + _APPEAL * self.films_of(week).appeal

    def _standardised_taste(self, taste: Floats, latent: Floats) -> Floats:
        centre, spread = self._taste_mean_and_spread
        return np.asarray((taste @ latent.T - centre) / spread)

    @cached_property
    def _taste_mean_and_spread(self) -> tuple[float, float]:
        """Mean and standard deviation of raw taste over those who were there at the start."""
        raw = tastes(self.seed, self.viewers, 1) @ self.films_of(0).latent.T
        return float(raw.mean()), float(raw.std())

    @cached_property
    def _lure_intercept(self) -> float:
        """What makes the mean attraction of the opening catalogue `MEAN_ATTRACTION`."""
        draw = self._raw_lure(1)[:, : self.films]
        return float(brentq(lambda intercept: logistic(intercept + draw).mean() - MEAN_ATTRACTION, -20, 20))
