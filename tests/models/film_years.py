"""Film years whose law is known: a summer that doubles what films take, and rivals of one genre that halve it."""

import numpy as np
import pandas as pd

FIRST = pd.Timestamp("2015-01-02")  # a Friday
GENRES = ("Action", "Drama")
TODAY = FIRST + pd.Timedelta(weeks=104, days=-1)
SUMMER = 196  # the day of the year on which it is highest
_WEEKS = 8


def film_years(summer: float = 0.7, rivalry: float = 0.0, noise: float = 0.03, seed: int = 0) -> pd.DataFrame:
    """A film of each genre on most Fridays of three years, the last of which lies ahead; all are announced."""
    rng = np.random.default_rng(seed)
    rows = [(FIRST + pd.Timedelta(weeks=week), genre) for week in range(156) for genre in GENRES if rng.random() < 0.7]
    count = len(rows)
    opens = pd.to_datetime([opened for opened, _ in rows])
    budget = np.exp(rng.normal(np.log(3e7), 0.8, count))
    films = pd.DataFrame(
        {
            "film_id": [f"tt{number:04d}" for number in range(count)],
            "title": [f"Story {number}" for number in range(count)],
            "opens": opens,
            "announced": opens - pd.Timedelta(weeks=80),
            "genres": [(genre,) for _, genre in rows],
            "budget": budget,
            "certificate": "PG",
            "runtime_minutes": 100.0,
            "overview": "",
            "theatres": 1000 * (budget / 3e7) ** 0.5 * np.exp(0.3 * rng.standard_normal(count)),
            **{name: [()] * count for name in ("directors", "writers", "stars", "companies", "countries", "languages")},
        }
    )
    films.attrs["law"] = (summer, rivalry, noise)
    return films


def daily_of(films: pd.DataFrame, scale: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """What the films that are out take on each day until `TODAY`; `scale` is what theatres do to it (an elasticity)."""
    summer, rivalry, noise = films.attrs["law"]
    rng, out = np.random.default_rng(seed), films["opens"] <= TODAY
    wider = np.log(films["theatres"] / (1000 * (films["budget"] / 3e7) ** 0.5)).to_numpy()
    size = 0.8 * np.log(films["budget"].to_numpy()) + scale * wider + 0.2 * rng.standard_normal(len(films))
    begins = films["opens"].to_numpy()[:, None] + 7 * np.arange(_WEEKS) * np.timedelta64(1, "D")  # (films, weeks)
    middle = (begins.astype("datetime64[D]") - begins.astype("datetime64[Y]")).astype(float) + 3
    season = summer * np.exp(-(((middle - SUMMER) / 30) ** 2))
    pressed = np.stack([_pressed(films, film, begins[film]) for film in range(len(films))])
    logs = size[:, None] - 0.5 * np.arange(_WEEKS) + season - rivalry * pressed
    gross = np.exp(logs + noise * rng.standard_normal(logs.shape)) / 7
    daily = pd.DataFrame(
        {
            "film_id": np.repeat(films["film_id"].to_numpy(), 7 * _WEEKS),
            "date": (begins[..., None] + np.arange(7) * np.timedelta64(1, "D")).ravel(),
            "gross": np.repeat(gross.ravel(), 7),
        }
    )
    return daily[np.repeat(out.to_numpy(), 7 * _WEEKS) & (daily["date"] <= TODAY)].reset_index(drop=True)


def _pressed(films: pd.DataFrame, film: int, begins: np.ndarray) -> np.ndarray:
    """Films of the same genre that opened within two weeks of a film, the fresher the more: by week of its run."""
    opens, genres = films["opens"].to_numpy(), films["genres"].to_numpy()
    near = np.abs(opens - opens[film]) <= np.timedelta64(14, "D")
    same = np.array([names == genres[film] for names in genres]) & (np.arange(len(films)) != film)
    age = (begins[:, None] - opens[near & same]) / np.timedelta64(1, "D")
    return np.where(age >= 0, np.exp(-np.maximum(age, 0) / 14), 0.0).sum(axis=1)
