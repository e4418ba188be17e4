"""Accuracy of predicted appeal by texts and genres, on films of the last years, which are held out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import bootstrap, rankdata

from models.base.columns import FILM, GENRES, OVERVIEW, YEAR
from models.judging.appeal import Appeal
from pipelines.lake.box_office import columns_of, names_of

FloatArray = npt.NDArray[np.float64]
_TEST, _VALID = 4, 3  # years: the last ones, and those before
_VOTES = 100  # that a film's mean rating needs to be one of an audience, and at which it says half of what many say
_HALF = 14  # years, after which a film counts half: what is liked changes
_COLUMNS = (FILM, OVERVIEW, GENRES, YEAR, "rating", "votes")
_GENRES, _WORDS, _STEMS = "genres only", "words and genres", "stems and genres"


@dataclass(frozen=True)
class AppealRow:
    """Spearman's correlation of predicted appeal with the mean rating, with its 95 % interval over films."""

    model: str
    on: str
    films: int
    spearman: float
    low: float
    high: float


def evaluate_appeal(films: pd.DataFrame, began: Callable[[str], None], seed: int = 0) -> list[AppealRow]:
    """Fit members on early films, select on the years after, refit on both, and test once on the last years.

    Args:
        films: `_COLUMNS`, as `read_rated` makes them.
    """
    last = int(films[YEAR].max())
    test, valid = films[YEAR] > last - _TEST, films[YEAR].between(last - _TEST - _VALID + 1, last - _TEST)
    learn, rows = films[~test & ~valid], []
    for name in (_GENRES, _WORDS, _STEMS):
        began(f"{name}, films until {last - _TEST - _VALID}")
        rows.append(_measure_judge(name, "validation", _learned(name, learn, seed), films[valid]))
    best = max(rows, key=lambda row: row.spearman).model
    for name in dict.fromkeys((_GENRES, best)):
        began(f"{name}, films until {last - _TEST}")
        rows.append(_measure_judge(name, "test", _learned(name, films[~test], seed), films[test]))
    return rows


def read_rated(path: Path) -> pd.DataFrame:
    """Read films.parquet: films with a synopsis and enough votes, by film_id; raises BadSplit if it lacks something."""
    table = columns_of(path, _COLUMNS, f"name a films.parquet with {', '.join(_COLUMNS)}")
    told = table[OVERVIEW].fillna("").str.strip() != ""
    votes = _counts(table["votes"])
    kept = table.assign(votes=votes)[told & table["rating"].notna() & (votes >= _VOTES) & table[YEAR].notna()]
    named = kept[list(_COLUMNS)].assign(**{GENRES: kept[GENRES].map(names_of)})
    return named.drop_duplicates(FILM).sort_values(FILM, ignore_index=True)


def _learned(name: str, learn: pd.DataFrame, seed: int) -> Appeal:
    """A new judge of this name, fitted on `learn`."""
    judge = Appeal(form="stems" if name == _STEMS else "words", seed=seed, bags=2, reads=False)
    age = learn[YEAR].max() - learn[YEAR].to_numpy(np.float64)
    weight = (learn["votes"] / (learn["votes"] + _VOTES)).to_numpy(np.float64) * 0.5 ** (age / _HALF)
    rating = learn["rating"].to_numpy(np.float64)[:, None]
    return judge.fit(_texts(name, learn), learn[GENRES].tolist(), rating - rating.mean(), weight, ["all"])


def _texts(name: str, films: pd.DataFrame) -> list[str]:
    """The films' synopses; for the judge of genres alone, the same word for each."""
    return ["film"] * len(films) if name == _GENRES else films[OVERVIEW].tolist()


def _measure_judge(name: str, on: str, judge: Appeal, films: pd.DataFrame) -> AppealRow:
    """Spearman's correlation of a judge's predictions with the films' ratings, with a bootstrap interval."""
    made = judge.predict([[text] for text in _texts(name, films)], films[GENRES].tolist()).mean[:, 0]
    rating = films["rating"].to_numpy(np.float64)
    chance = np.random.default_rng(judge.seed)
    drawn = bootstrap(
        (made, rating), _spearman, paired=True, n_resamples=1000, batch=100, method="percentile", rng=chance
    )
    low, high = drawn.confidence_interval
    return AppealRow(name, on, len(films), float(_spearman(made, rating)), float(low), float(high))


def _spearman(ours: FloatArray, theirs: FloatArray, axis: int = -1) -> FloatArray:
    """Spearman's rank correlation along an axis; NaN where one side never varies."""
    one, other = (rankdata(values, axis=axis) for values in (ours, theirs))
    one, other = (ranks - ranks.mean(axis=axis, keepdims=True) for ranks in (one, other))
    whole = np.sqrt((one**2).sum(axis=axis) * (other**2).sum(axis=axis))
    return np.asarray((one * other).sum(axis=axis) / np.where(whole > 0, whole, np.nan))


def _counts(told: pd.Series) -> pd.Series:
    """Vote counts as numbers, also where written as 1.1K or 2M; 0 where there are none."""
    parts = told.astype(str).str.extract(r"^([\d.]+)([KM]?)$")
    return parts[0].astype(np.float64).fillna(0) * parts[1].map({"K": 1e3, "M": 1e6}).fillna(1)
