"""How often each segment took each film up, against the expectation if all films open were equally liked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import AT, FILM, STRENGTH, VIEWER

FloatArray = npt.NDArray[np.float64]
SEGMENT = "segment"
_PRIOR = 6.0  # strength, at which what a film was given counts half against what all films are given
_KNOWN = 0.3  # the variance of the log between films of the same text: what more viewers do not lessen


@dataclass(frozen=True)
class Chosen:
    """Strength of interactions with films, taken and expected: a row a film, a column a segment."""

    films: pd.Index
    segments: list[str]
    taken: FloatArray  # (films, segments)
    expected: FloatArray  # the same, if each film open at the time had been given as much

    @classmethod
    def of(cls, interactions: pd.DataFrame, films: pd.DataFrame, members: pd.DataFrame, at: int) -> "Chosen":
        """Count what each segment took of each film by `at` (UTC milliseconds), and what would be expected of it.

        Args:
            interactions: viewer_id, film_id, occurred_at (when first taken up), strength.
            films: film_id, and `opens`: day on which it came out (datetime, or missing: it was always there).
            members: viewer_id and segment, a row a segment that a viewer belongs to.
        """
        names, opens = pd.Index(films[FILM]), _milliseconds(films["opens"])
        known = interactions[(interactions[AT] <= at) & interactions[FILM].isin(names)]
        belonging = known.merge(members[[VIEWER, SEGMENT]], on=VIEWER, how="inner").sort_values(AT, kind="stable")
        segment, labels = pd.factorize(belonging[SEGMENT], sort=True)
        shape = (len(names), len(labels))
        place, strength = names.get_indexer(pd.Index(belonging[FILM])), belonging[STRENGTH].to_numpy(np.float64)
        taken = np.zeros(shape)
        np.add.at(taken, (place, segment), strength)
        moment = belonging[AT].to_numpy(np.int64)
        first = np.minimum(opens, _first_taken(place, moment, len(names)))
        each = strength / np.maximum(np.searchsorted(np.sort(first), moment, side="right"), 1)
        expected = np.zeros(shape)
        for column in range(len(labels)):
            own = segment == column
            so_far = np.append(0.0, np.cumsum(each[own]))
            expected[:, column] = so_far[-1] - so_far[np.searchsorted(moment[own], first, side="left")]
        return cls(names, [str(label) for label in labels], taken, expected)

    def liking(self) -> FloatArray:
        """The log of how many times as much as an average film each was given, shrunk to 0; (films, segments)."""
        return np.log((self.taken + _PRIOR) / (self.expected + _PRIOR))

    def weight(self) -> FloatArray:
        """How much each film's liking says, (films,), in the mean 1: more where more was expected of it."""
        sure = 1 / (_KNOWN + 1 / (self.expected.max(axis=1) + _PRIOR))
        return np.asarray(sure / sure.mean())

    def seen(self) -> "Chosen":
        """A copy with only the films that somebody could have taken up."""
        kept = self.expected.sum(axis=1) > 0
        return Chosen(self.films[kept], self.segments, self.taken[kept], self.expected[kept])


def _milliseconds(days: pd.Series) -> npt.NDArray[np.int64]:
    """UTC milliseconds of the days' beginnings; the beginning of time where none is told."""
    told = pd.to_datetime(days).astype("datetime64[ms]")
    return np.where(told.isna(), np.iinfo(np.int64).min, told.astype(np.int64)).astype(np.int64)


def _first_taken(place: npt.NDArray[np.intp], moment: npt.NDArray[np.int64], films: int) -> npt.NDArray[np.int64]:
    """The moment at which each film was first taken up (a preview may come before the opening)."""
    first = np.full(films, np.iinfo(np.int64).max)
    np.minimum.at(first, place, moment)
    return first
