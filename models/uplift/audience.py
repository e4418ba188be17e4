"""Features of viewers as known at a time: tastes and habits, and how they bear on one film."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_matrix

from models.base.columns import AT, FILM, GENRES, PEOPLE, STRENGTH, VIEWER
from models.base.days import DAY_MS

FloatArray = npt.NDArray[np.float64]
_LATELY, _EARLY = 28, 42  # days before now; days after a film's opening
NOTHING_YET = "nothing yet"
_MOST_GENRES = 200  # that are told apart: what one client makes up fills no table of all viewers by all genres
_PRIOR = 10.0  # strength of films like everybody's, by which a viewer's tastes are shrunk


@dataclass(frozen=True)
class AudienceFeatures:
    """Viewers by what they had taken up at a time; `facing` gives their features for one film."""

    viewers: pd.Index
    genres: pd.Index
    lift: FloatArray  # (viewers, genres): the log of a genre's share over its share of all that was taken up
    liking: FloatArray  # (viewers, genres): strength of its films over that of the viewer's others
    people: pd.Index
    met: csr_matrix  # (viewers, people): strength of the films taken up with them
    habits: pd.DataFrame

    @classmethod
    def of(cls, interactions: pd.DataFrame, films: pd.DataFrame, viewers: Sequence[str], at: int) -> "AudienceFeatures":
        """Describe viewers by what they took up until `at` (UTC milliseconds); what came later is left out.

        Args:
            interactions: viewer_id, film_id, occurred_at (when first taken up), strength.
            films: film_id, genres, people (lists of names), opens (datetime, or missing), as described by then.
        """
        names = pd.Index(viewers)
        place = names.get_indexer(pd.Index(interactions[VIEWER]))
        film = pd.Index(films[FILM]).get_indexer(pd.Index(interactions[FILM]))
        known = (place >= 0) & (film >= 0) & (interactions[AT].to_numpy() <= at)
        taken = (
            interactions[known]
            .assign(place=place[known], film=film[known])
            .astype({AT: np.int64, STRENGTH: np.float64})
        )
        shape = (len(names), len(films))
        strength = csr_matrix((taken[STRENGTH], (taken["place"], taken["film"])), shape)
        count = csr_matrix((np.ones(len(taken)), (taken["place"], taken["film"])), shape)
        of_genres, genres = _frequent(*_membership(films[GENRES]), strength)
        of_people, people = _membership(films[PEOPLE])
        return cls(
            names,
            genres,
            _lift(strength, of_genres),
            _liking(strength, count, of_genres),
            people,
            strength @ of_people,
            _habits(taken, films, len(names), at),
        )

    def favourite(self) -> npt.NDArray[np.object_]:
        """The genre that each viewer takes up most, compared with everybody; NOTHING_YET for who has none."""
        if not len(self.genres):
            return np.full(len(self.viewers), NOTHING_YET, dtype=object)
        best = self.genres.to_numpy(dtype=object)[np.nan_to_num(self.lift, nan=-np.inf).argmax(axis=1)]
        return np.where(self.habits["films"] > 0, best, NOTHING_YET)

    def facing(self, genres: Sequence[str], people: Sequence[str], budget: float | None) -> pd.DataFrame:
        """Features of all viewers as to a film, a row each: tastes in its genres, its people, habits, budget."""
        own = _positions_of(self.genres, genres)
        tastes = _summed(self.lift[:, own])
        known = self.met[:, _positions_of(self.people, people)].sum(axis=1)
        features = {
            **tastes,
            "liking": self.liking[:, own].mean(axis=1) if len(own) else np.full(len(self.viewers), np.nan),
            "people": np.log1p(np.asarray(known).ravel()),
            "budget": np.full(len(self.viewers), np.log(budget) if budget and budget > 0 else np.nan),
            **{f"genre {name}": self.lift[:, column] for column, name in enumerate(self.genres)},
        }
        return pd.concat([pd.DataFrame(features), self.habits], axis=1)


def _membership(lists: pd.Series) -> tuple[csr_matrix, pd.Index]:
    """A sparse matrix of which row has which name, (rows, names), and the names."""
    names = lists.reset_index(drop=True).explode().dropna()
    codes, found = pd.factorize(names, sort=True)
    return csr_matrix((np.ones(len(codes)), (names.index, codes)), (len(lists), len(found))), pd.Index(found)


def _frequent(of_genres: csr_matrix, genres: pd.Index, strength: csr_matrix) -> tuple[csr_matrix, pd.Index]:
    """The genres that are taken up most, and which films have them."""
    taken = np.asarray(strength.sum(axis=0) @ of_genres).ravel()
    kept = np.sort(np.argsort(-taken, kind="stable")[:_MOST_GENRES])
    return of_genres[:, kept], genres[kept]


def _lift(strength: csr_matrix, of_genres: csr_matrix) -> FloatArray:
    """Log of how much more of each genre a viewer takes up than everybody, shrunk to 0, (viewers, genres)."""
    by_genre, whole = (strength @ of_genres).toarray(), np.asarray(strength.sum(axis=1))
    everybody = by_genre.sum(axis=0) / max(float(whole.sum()), 1.0)
    usual = np.where(everybody > 0, everybody, np.nan)
    return np.asarray(np.log((by_genre + _PRIOR * usual) / ((whole + _PRIOR) * usual)))


def _liking(strength: csr_matrix, count: csr_matrix, of_genres: csr_matrix) -> FloatArray:
    """How much more strongly than usual a viewer takes up each genre's films, shrunk to 0, (viewers, genres)."""
    films = np.asarray(count.sum(axis=1))
    usual = np.where(films > 0, np.asarray(strength.sum(axis=1)) / np.maximum(films, 1), 1.0)
    by_genre, watched = (strength @ of_genres).toarray(), (count @ of_genres).toarray()
    return np.asarray((by_genre + _PRIOR * usual) / (watched + _PRIOR) - usual)


def _habits(taken: pd.DataFrame, films: pd.DataFrame, viewers: int, at: int) -> pd.DataFrame:
    """Columns on how much, how lately and how soon after openings each viewer takes films up; NaN for who has none."""
    days = (at - taken[AT].to_numpy()) / DAY_MS
    opened = pd.to_datetime(films["opens"]).to_numpy()[taken["film"]]
    since = (pd.to_datetime(taken[AT], unit="ms").to_numpy() - opened) / np.timedelta64(1, "D")
    rows = pd.DataFrame(
        {
            "days": days,
            "lately": days < _LATELY,
            "early": np.where(np.isnan(since), np.nan, since < _EARLY),
        }
    ).groupby(taken["place"].to_numpy())
    habits = rows.agg(
        films=("days", "size"),
        lately=("lately", "sum"),
        early=("early", "mean"),
        first=("days", "max"),
        last=("days", "min"),
    ).reindex(range(viewers))
    return habits.assign(films=habits["films"].fillna(0), lately=habits["lately"].fillna(0)).astype(np.float64)


def _positions_of(names: pd.Index, wanted: Sequence[str]) -> npt.NDArray[np.intp]:
    """The positions of the wanted names; unknown ones are left out."""
    found = names.get_indexer(pd.Index(wanted, dtype=object)) if len(wanted) else np.array([], dtype=np.intp)
    return found[found >= 0]


def _summed(lift: FloatArray) -> dict[str, FloatArray]:
    """Columns from the lifts of a film's genres: their mean, best and worst; NaN where it has none."""
    if not lift.shape[1]:
        return dict.fromkeys(("taste", "best genre", "worst genre"), np.full(len(lift), np.nan))
    return {"taste": lift.mean(axis=1), "best genre": lift.max(axis=1), "worst genre": lift.min(axis=1)}
