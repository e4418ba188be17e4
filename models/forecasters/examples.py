"""What a forecaster can learn from: films at past origins, and what became of them on the days ahead."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from models.forecasters.features import Design, Origins, design
from models.forecasters.runs import WEEK, DailyRuns, FloatArray, IntArray


@dataclass(frozen=True)
class Examples:
    """Arrays with one entry per origin and reported day ahead of it; `row` points into `origins`.

    A day that is not reported is no example: what is learned holds for days on which a film is still shown.
    """

    runs: DailyRuns
    origins: Origins
    row: IntArray
    ahead: IntArray  # days, from 1
    ratio: FloatArray  # log of the day's gross over the level at the origin

    @classmethod
    def of(cls, runs: DailyRuns, genres: list[str], horizon: int) -> Self:
        """All examples of `runs`, with an origin a week for each film."""
        origins = Origins.of(runs, *runs.origins(WEEK), genres)
        days = np.arange(1, horizon + 1)
        gross = runs.at(runs.gross, origins.film[:, None], origins.date[:, None] + days)
        row, column = np.nonzero(np.isfinite(gross))
        ratio = np.log1p(gross[row, column]) - np.log1p(origins.level[row])
        return cls(runs, origins, row, days[column], ratio)

    def ended_by(self, date: int) -> Self:
        """The examples whose day ahead is known on the evening of `date`."""
        return self._where(self.origins.date[self.row] + self.ahead <= date)

    def begun_after(self, date: int) -> Self:
        """The examples whose origin is later than `date`: a model fitted on `ended_by` has seen none of them."""
        return self._where(self.origins.date[self.row] > date)

    def sample(self, most: int, seed: int) -> Self:
        """At most so many of the examples, drawn with equal chances by `seed`."""
        if len(self.row) <= most:
            return self
        drawn = np.random.default_rng(seed).choice(len(self.row), most, replace=False)
        return self._where(np.sort(drawn))

    def design(self) -> Design:
        """The trees' columns, a row an example."""
        return design(self.runs, self.origins, self.row, self.ahead)

    def _where(self, chosen: npt.NDArray[np.bool_] | IntArray) -> Self:
        """The examples at positions, or where true."""
        return replace(self, row=self.row[chosen], ahead=self.ahead[chosen], ratio=self.ratio[chosen])
