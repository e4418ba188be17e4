"""How the gross of a film's weeks depends on the season and on rivals: a regression within runs.

    log gross of a week = the film's size + its fall so far + season + rivalry + error

A film's size and its own speed of falling are taken out of its run (the within transformation of panel regression:
Mundlak 1978), so that large films in good seasons do not make a season look good: what is learned of seasons and
rivals is how the weeks of one and the same film depart from its fall. Coefficients are shrunk (ridge).
"""

from dataclasses import dataclass

import numpy as np

from models.films.past import FloatArray, IntArray
from models.planning.rivalry import NAMES
from models.planning.runs import WEEK, WEEKS, WeeklyRuns
from models.planning.season import season_columns, season_names

_SHRINKAGE = (0.01, *[0.3] * (WEEKS - 1), *[1.0] * len(season_names()), *[0.01] * len(NAMES))
_OWN_SHRINKAGE = 1.0  # of a film's own speed of falling, towards that of all films
_FREE = 0.7  # of the rows: the sizes and speeds of films take about the rest
_RIVALS = len(NAMES)


@dataclass(frozen=True)
class Response:
    """Coefficients of the fall, the season and the rivals, and what was left of each run's weeks."""

    mean: FloatArray  # (columns,)
    covariance: FloatArray  # (columns, columns)
    error: float  # standard deviation of a week's log gross
    size: FloatArray  # log dollars of a first week in a plain season without rivals, (films learned from,)
    slope: FloatArray  # by how much slower than all films each of them falls, logs a week

    @classmethod
    def fit(cls, runs: WeeklyRuns, rivals: FloatArray) -> "Response":
        """Fit the regression of weekly gross to runs, with the rivals' columns `NAMES` of each row, (rows, 2)."""
        columns, weight = _columns(runs, rivals), _weight(runs)
        own = _Own(runs, weight)
        within, left = own.without(columns), own.without(runs.gross[:, None])[:, 0]
        among = (columns * weight[:, None]).T @ within + np.diag(_SHRINKAGE)
        mean = np.linalg.solve(among, within.T @ (weight * runs.gross))
        error = left - within @ mean
        scores, inverse = within * (weight * error)[:, None], np.linalg.inv(among)
        spread_of_scores = _outer(scores, runs.film) + _outer(scores, runs.first_day // WEEK)
        size, slope = own.of(runs.gross - columns @ mean)
        free = max(1.0, (weight.sum() - len(mean)) * _FREE)
        spread = np.sqrt((weight * error**2).sum() / free)
        return cls(np.asarray(mean, dtype=np.float64), inverse @ spread_of_scores @ inverse, float(spread), size, slope)

    def weeks(self, coefficients: FloatArray, opened: IntArray, rivals: FloatArray) -> FloatArray:
        """Logs of the weeks of runs over the film's size, (draws, dates, weeks).

        Args:
            coefficients: (draws, columns), such as `mean[None]`.
            opened: days of the openings, (dates,).
            rivals: the columns `NAMES`, (draws or 1, dates, weeks, 2).
        """
        fall = coefficients[:, :WEEKS] @ _fall(np.arange(WEEKS)).T  # (draws, weeks)
        season = season_columns(opened[:, None] + WEEK * np.arange(WEEKS))  # (dates, weeks, seasons)
        worth = np.einsum("dws,ns->ndw", season, coefficients[:, WEEKS:-_RIVALS])
        pressed = (rivals * coefficients[:, None, None, -_RIVALS:]).sum(axis=-1)
        return np.asarray(fall[:, None, :] + worth + pressed, dtype=np.float64)

    def unexplained(self, runs: WeeklyRuns, rivals: FloatArray) -> float:
        """The mean square of what is left within other films' runs, weighed as in learning."""
        weight = _weight(runs)
        left = _Own(runs, weight).without((runs.gross - _columns(runs, rivals) @ self.mean)[:, None])[:, 0]
        return float((weight * left**2).sum() / weight.sum())


class _Own:
    """Each film's own size and speed of falling: fitted to its rows, and taken out of them."""

    def __init__(self, runs: WeeklyRuns, weight: FloatArray) -> None:
        """Prepares the weighted regression of each film's rows on a level and its week."""
        self._film, self._week, self._weight = runs.film, runs.week.astype(np.float64), weight
        count = len(runs.films)
        one, two, three = (np.bincount(self._film, weight * self._week**power, count) for power in (0, 1, 2))
        shrunk = three + _OWN_SHRINKAGE
        determinant = one * shrunk - two**2
        self._inverse = np.array([[shrunk, -two], [-two, one]]) / determinant  # (2, 2, films)

    def of(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Size and slope of one column of values, both (films,)."""
        size, slope = self._solved(values[:, None])
        return size[:, 0], slope[:, 0]

    def without(self, values: FloatArray) -> FloatArray:
        """Columns of values, (rows, columns), without what each film's size and slope make of them."""
        size, slope = self._solved(values)
        return np.asarray(values - size[self._film] - slope[self._film] * self._week[:, None], dtype=np.float64)

    def _solved(self, values: FloatArray) -> FloatArray:
        """Size and slope of each film for each column of values: (2, films, columns)."""
        films = self._inverse.shape[-1]
        sums = np.zeros((2, films, values.shape[1]))
        np.add.at(sums[0], self._film, values * self._weight[:, None])
        np.add.at(sums[1], self._film, values * (self._weight * self._week)[:, None])
        return np.asarray(np.einsum("abf,bfc->afc", self._inverse, sums), dtype=np.float64)


def _outer(scores: FloatArray, cluster: IntArray) -> FloatArray:
    """The sum over clusters of the outer product of their scores: errors of one film, or one week, go together."""
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((int(place.max()) + 1, scores.shape[1]))
    np.add.at(sums, place, scores)
    return np.asarray(sums.T @ sums)


def _columns(runs: WeeklyRuns, rivals: FloatArray) -> FloatArray:
    """The regression's columns of each row: fall, season, rivals."""
    return np.concatenate([_fall(runs.week), season_columns(runs.first_day), rivals], axis=1)


def _fall(week: IntArray) -> FloatArray:
    """Columns of a run's fall by its week: a straight line, and departures from it in the weeks that were seen."""
    return np.column_stack([week, week[:, None] == np.arange(1, WEEKS)]).astype(np.float64)


def _weight(runs: WeeklyRuns) -> FloatArray:
    """The weight of each row in the fit, larger in a run's first weeks: later ones are mostly noise."""
    return np.asarray(1.0 / (1.0 + 0.5 * runs.week), dtype=np.float64)
