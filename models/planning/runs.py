"""Runs by week: what each film took in each full week of its run, from its opening on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.films.past import FloatArray, IntArray

WEEK = 7
WEEKS = 10  # of a run: what comes later is little
_FEWEST = 40  # runs


@dataclass(frozen=True)
class WeeklyRuns:
    """Full weeks of runs, one row a film and week, sorted by film and week."""

    films: pd.DataFrame  # of the runs, in the order of their opening
    opened: IntArray  # day number, (films,)
    film: IntArray  # row of `films`, (rows,)
    week: IntArray  # from 0, (rows,)
    gross: FloatArray  # log dollars of the week, (rows,)

    @classmethod
    def of(cls, films: pd.DataFrame, daily: pd.DataFrame) -> "WeeklyRuns":
        """Add up daily grosses (film_id, date, gross) of films (film_id, opens, ...) to full weeks of their runs.

        A week counts where all of its seven days are known and it took something: days before an opening, a week
        that is not over, and days that were never reported tell of no week.

        Raises:
            EmptyTraining: fewer than 40 films have a full week.
        """
        dated = films[films["opens"].notna()].sort_values(["opens", FILM], ignore_index=True)
        opened = day_number(dated["opens"])
        place = pd.Index(dated[FILM]).get_indexer(pd.Index(daily[FILM]))
        age = np.where(place >= 0, day_number(daily[DATE]) - opened[place], -1)
        inside = (age >= 0) & (age < WEEK * WEEKS)
        rows = pd.DataFrame({"film": place, "week": age // WEEK, "gross": daily[GROSS].to_numpy()})[inside]
        weeks = rows.groupby(["film", "week"])["gross"].agg(["size", "sum"]).reset_index()
        weeks = weeks[(weeks["size"] == WEEK) & (weeks["sum"] > 0)]
        kept, film = np.unique(weeks["film"].to_numpy(dtype=np.int64), return_inverse=True)
        if len(kept) < _FEWEST:
            raise EmptyTraining(f"{len(kept)} films have a full week in cinemas; {_FEWEST} are needed to plan by")
        return cls(
            dated.iloc[kept].reset_index(drop=True),
            opened[kept],
            film,
            weeks["week"].to_numpy(dtype=np.int64),
            np.log(weeks["sum"].to_numpy(dtype=np.float64)),
        )

    @property
    def first_day(self) -> IntArray:
        """The day on which each row's week begins."""
        return self.opened[self.film] + WEEK * self.week

    def of_films(self, chosen: npt.NDArray[np.bool_]) -> "WeeklyRuns":
        """The runs of the films where `chosen`, (films,), is true."""
        rows, place = chosen[self.film], np.cumsum(chosen) - 1
        films = self.films[chosen].reset_index(drop=True)
        return WeeklyRuns(films, self.opened[chosen], place[self.film[rows]], self.week[rows], self.gross[rows])

    def latest(self, count: int) -> "WeeklyRuns":
        """The runs of the `count` films that opened last."""
        return self.of_films(np.arange(len(self.films)) >= len(self.films) - count)
