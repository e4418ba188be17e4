"""A film's announced facts as numeric features."""

from collections import Counter

import numpy as np
import pandas as pd

from models.films.past import FloatArray

_AUDIENCE = {"G": 0.0, "PG": 1.0, "PG-13": 2.0, "R": 3.0, "NC-17": 4.0}
_SEQUEL = r"\d| II\b| III\b| IV\b| Part | Chapter "


def facts(films: pd.DataFrame, genres: list[str]) -> dict[str, FloatArray]:
    """The announced facts of films as numeric columns, one value a film; NaN where a fact is not known."""
    return {
        "budget": log_budget(films),
        "budget not known": films["budget"].isna().to_numpy(dtype=np.float64),
        "running time": films["runtime_minutes"].to_numpy(dtype=np.float64),
        "certificate": films["certificate"].map(_AUDIENCE).fillna(-1.0).to_numpy(dtype=np.float64),
        "in English first": _first_is(films["languages"], "English"),
        "American first": _first_is(films["countries"], "United States"),
        "American at all": _list_contains(films["countries"], "United States"),
        "Indian": _list_contains(films["countries"], "India"),
        **{f"number of {name}": films[name].map(len).to_numpy(dtype=np.float64) for name in _COUNTED},
        "title has a number": films["title"].str.contains(_SEQUEL).to_numpy(dtype=np.float64),
        "title has a colon": films["title"].str.contains(":").to_numpy(dtype=np.float64),
        "length of the title": films["title"].str.len().to_numpy(dtype=np.float64),
        "length of the synopsis": films["overview"].fillna("").str.len().to_numpy(dtype=np.float64),
        **{f"genre {genre}": _list_contains(films["genres"], genre) for genre in genres},
    }


def log_budget(films: pd.DataFrame) -> FloatArray:
    """The log of each film's budget in dollars; NaN where it is not known."""
    return np.asarray(np.log(films["budget"].where(films["budget"] > 0).to_numpy(dtype=np.float64)), dtype=np.float64)


def certificates() -> tuple[str, ...]:
    """The rating board's certificates, for the youngest audience first."""
    return tuple(_AUDIENCE)


def frequent_genres(films: pd.DataFrame, most: int = 30) -> list[str]:
    """The genres that most films have, sorted by name; ties go to the name that comes first."""
    counts = Counter(genre for genres in films["genres"] for genre in genres)
    return sorted(sorted(counts, key=lambda genre: (-counts[genre], genre))[:most])


_COUNTED = ("genres", "languages", "countries", "companies", "stars", "writers")


def _list_contains(lists: pd.Series, name: str) -> FloatArray:
    return np.array([name in names for names in lists], dtype=np.float64)


def _first_is(lists: pd.Series, name: str) -> FloatArray:
    """1 for each list that begins with the name, else 0."""
    return np.array([names[:1] == (name,) for names in lists], dtype=np.float64)
