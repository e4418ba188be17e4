"""Logged slates, and a policy that is to be evaluated on them, as arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

SLATE, VIEWER, FILM, POSITION, PROPENSITY, REWARD, RANKED = (
    "slate_id",
    "viewer_id",
    "film_id",
    "position",
    "propensity",
    "reward",
    "ranked",
)
LOGGED = (SLATE, VIEWER, FILM, POSITION, PROPENSITY, REWARD, RANKED)


@dataclass(frozen=True)
class Target:
    """A policy on the logged slates: the films that it would rank for each, and how many others it draws from.

    `ranked` has slate_id, film_id and position (from 1); `pool` is the number of films, by slate_id, among which the
    exploring places are drawn; `epsilon` is how probably a place explores.
    """

    ranked: pd.DataFrame
    pool: pd.Series
    epsilon: float


@dataclass(frozen=True)
class SlateLog:
    """What was shown, (rows,): slates, viewers and films by number, places from 0; and each slate's viewer."""

    slate: Integers
    viewer: Integers
    film: Integers
    place: Integers
    propensity: Floats
    reward: Floats
    ranked: Booleans
    owner: Integers  # (slates,)
    fold: Integers  # (viewers,): 0 or 1, by a hash, so that a viewer's is always the same
    slates: pd.Index
    films: pd.Index

    @classmethod
    def of(cls, logged: pd.DataFrame) -> "SlateLog":
        """The log as arrays, from a frame with the columns LOGGED."""
        slate, slates = pd.factorize(logged[SLATE])
        viewer, viewers = pd.factorize(logged[VIEWER])
        film, films = pd.factorize(logged[FILM])
        owner = np.zeros(len(slates), dtype=np.int64)
        owner[slate] = viewer
        return cls(
            slate,
            viewer,
            film,
            logged[POSITION].to_numpy(np.int64) - 1,
            logged[PROPENSITY].to_numpy(np.float64),
            logged[REWARD].to_numpy(np.float64),
            logged[RANKED].to_numpy(np.bool_),
            owner,
            (pd.util.hash_array(viewers.to_numpy(dtype=object)) % 2).astype(np.int64),
            pd.Index(slates),
            pd.Index(films),
        )

    def by_viewer(self, rows: Floats) -> Floats:
        """Sum a value of the rows by viewer, (viewers,), since a viewer's answers are not independent."""
        return np.asarray(np.bincount(self.viewer, rows, len(self.fold)), dtype=np.float64)

    @property
    def slates_by_viewer(self) -> Floats:
        """How many slates each viewer was shown, (viewers,)."""
        return np.bincount(self.owner, minlength=len(self.fold)).astype(np.float64)


@dataclass(frozen=True)
class MatchedPolicy:
    """A policy on the slates of a log: what it ranks, (ranks,), and where it would put what was shown, (rows,)."""

    slate: Integers
    film: Integers  # -1 for a film that was shown to nobody
    place: Integers  # from 0
    wanted: Integers  # the place of each film of the log, -1 for one that is not ranked
    pool: Floats  # (slates,)
    epsilon: float

    @classmethod
    def of(cls, log: SlateLog, target: Target) -> "MatchedPolicy":
        """Match a policy's ranked films with the slates, films and places of a log."""
        slate = log.slates.get_indexer(pd.Index(target.ranked[SLATE]))
        there = slate >= 0
        ranked, slate = target.ranked[there], slate[there]
        film = log.films.get_indexer(pd.Index(ranked[FILM]))
        place = ranked[POSITION].to_numpy(np.int64) - 1
        places = pd.Series(place, index=slate * (len(log.films) + 1) + film)[film >= 0]
        wanted = places.reindex(log.slate * (len(log.films) + 1) + log.film, fill_value=-1).to_numpy()
        pool = target.pool.reindex(log.slates).to_numpy(np.float64)
        return cls(slate, film, place, wanted, pool, target.epsilon)
