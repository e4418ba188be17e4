"""Demand for a film before it opens: how viewers took up similar films, and films of its people.

Plays of a film are compared with those of films of its age in the same days, so that a genre is not in demand only
because much of it has just come out. Nothing of the day of the forecast or later is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import FILM, GENRES, PEOPLE
from models.films.past import FloatArray, IntArray
from models.films.rivals import likeness

PLAY, LIKE, RATE, SEARCH = "play", "like", "rate", "search"
_SHORT, _LONG = 28, 91  # days
_AGES = np.array([14, 28, 56, 112, 224])  # days since the release: films between two of these are of one age
_NEWEST = 7  # days: films that have been out for less are not counted
_PRIOR = 5.0  # plays, ratings or searches that the usual rate counts for

COLUMNS = (
    "viewing: plays of like films",
    "viewing: plays of like films in a quarter",
    "viewing: plays of like films, trend",
    "viewing: likes of like films",
    "viewing: ratings of like films",
    "viewing: searches for its genres",
    "viewing: searches for its genres, trend",
    "viewing: plays of its people's films",
    "viewing: ratings of its people's films",
)


@dataclass(frozen=True)
class Viewing:
    """Films that are out, and what was done with them on each day from `first` (a day number) on.

    `counts` has plays, likes, ratings and their sum of stars, each (films, days); `searches` the searches for a genre
    by its name, (genres, days).
    """

    films: pd.DataFrame  # film_id, genres, people, released (day number)
    first: int
    counts: dict[str, FloatArray]
    genres: list[str]
    searches: FloatArray

    @classmethod
    def of(cls, films: pd.DataFrame, events: pd.DataFrame) -> Self:
        """
        Args:
            films: film_id, genres, people, released.
            events: type (`PLAY`, `LIKE`, `RATE`, `SEARCH`), film_id, day (number), rating, query; not empty.
        """
        first, days = int(events["day"].min()), int(events["day"].max() - events["day"].min()) + 1
        row = pd.Index(films[FILM]).get_indexer(pd.Index(events[FILM]))
        day, kind = events["day"].to_numpy() - first, events["type"].to_numpy()

        def counted(
            rows: IntArray, of: npt.NDArray[np.bool_], size: int, value: FloatArray | None = None
        ) -> FloatArray:
            place = rows[of] * days + day[of]
            weights = None if value is None else value[of]
            return np.bincount(place, weights, minlength=size * days).astype(np.float64).reshape(size, days)

        known = row >= 0
        counts = {name: counted(row, known & (kind == name), len(films)) for name in (PLAY, LIKE, RATE)}
        rating = events["rating"].to_numpy(dtype=np.float64)
        counts["stars"] = counted(row, known & (kind == RATE), len(films), rating)
        genres = sorted({genre for names in films[GENRES] for genre in names})
        asked = pd.Index([genre.lower() for genre in genres]).get_indexer(pd.Index(events["query"]))
        return cls(films, first, counts, genres, counted(asked, (kind == SEARCH) & (asked >= 0), len(genres)))

    def between(self, name: str, begin: int, end: int) -> FloatArray:
        """Counts a film of the days from `begin` up to and without `end`; 0 before the first."""
        running = self._running[name]
        low, high = (int(np.clip(day - self.first, 0, running.shape[1] - 1)) for day in (begin, end))
        return running[:, high] - running[:, low]

    @cached_property
    def _running(self) -> dict[str, FloatArray]:
        named = {**self.counts, SEARCH: self.searches}
        return {name: np.pad(values.cumsum(axis=1), ((0, 0), (1, 0))) for name, values in named.items()}


def demand_table(films: pd.DataFrame, viewing: Viewing, by: IntArray) -> pd.DataFrame:
    """A row a film, as viewing had gone up to the evenings before days `by`; NaN before there was any.

    Args:
        films: genres and people.
        by: day numbers.
    """
    asked = zip(_weights(films, viewing), films[GENRES], by, strict=True)
    made = [_row(viewing, weights, names, int(day)) for weights, names, day in asked]
    return pd.DataFrame(made, columns=list(COLUMNS))


def _row(viewing: Viewing, weights: tuple[FloatArray, FloatArray], genres: Sequence[str], by: int) -> list[float]:
    if by - _LONG < viewing.first:
        return [np.nan] * len(COLUMNS)
    out = viewing.films["released"].to_numpy() < by - _NEWEST
    alike, related = (weight * out for weight in weights)
    short, long = (_demand(viewing, alike, out, by, days) for days in (_SHORT, _LONG))
    searched, before = (_searched(viewing, genres, by, days) for days in (_SHORT, _LONG))
    return [
        short,
        long,
        short - long,
        _rate(viewing, alike, LIKE, PLAY, by),
        _rate(viewing, alike, "stars", RATE, by),
        before,
        searched - before,
        _demand(viewing, related, out, by, _LONG),
        _rate(viewing, related, "stars", RATE, by),
    ]


def _demand(viewing: Viewing, weight: FloatArray, out: npt.NDArray[np.bool_], by: int, days: int) -> float:
    """Log of the plays of weighed films over those that films of their ages usually had in these days."""
    plays = viewing.between(PLAY, by - days, by)
    age = np.searchsorted(_AGES, by - viewing.films["released"].to_numpy())
    films = np.bincount(age[out], minlength=len(_AGES) + 1)
    usual = np.bincount(age[out], plays[out], minlength=len(_AGES) + 1) / np.maximum(films, 1)
    return float(np.log(((weight * plays).sum() + _PRIOR) / ((weight * usual[age]).sum() + _PRIOR)))


def _rate(viewing: Viewing, weight: FloatArray, above: str, below: str, by: int) -> float:
    """Likes a play, or stars a rating, of weighed films in a quarter, less those of all films."""
    done, of = (viewing.between(name, by - _LONG, by) for name in (above, below))
    usual = done.sum() / max(of.sum(), 1.0)
    return float(((weight * done).sum() + _PRIOR * usual) / ((weight * of).sum() + _PRIOR) - usual)


def _searched(viewing: Viewing, genres: Sequence[str], by: int, days: int) -> float:
    """Log of the searches for these genres over those for a genre on average."""
    searches = viewing.between(SEARCH, by - days, by)
    own = [searches[viewing.genres.index(name)] for name in genres if name in viewing.genres]
    usual = searches.mean() if len(searches) else 0.0
    return float(np.log((np.mean(own or [usual]) + _PRIOR) / (usual + _PRIOR)))


def _weights(films: pd.DataFrame, viewing: Viewing) -> list[tuple[FloatArray, FloatArray]]:
    """For each film how alike the viewed films are in genres (0–1), and how many people they share with it."""
    genres, people = (viewing.films[name].map(frozenset).to_list() for name in (GENRES, PEOPLE))
    return [
        (
            np.array([likeness(frozenset(own), other) for other in genres]),
            np.array([float(len(frozenset(cast) & other)) for other in people]),
        )
        for own, cast in zip(films[GENRES], films[PEOPLE], strict=True)
    ]
