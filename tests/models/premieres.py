"""A film year whose law is known: budget, season and the first star say what a film takes."""

import numpy as np
import pandas as pd

from models.base.days import day_number
from models.films.past import LISTS, PastReleases

FIRST = pd.Timestamp("2014-01-03")  # a Friday
_STARS = ("Ann Lee", "Bo Cruz", "Cy Dunn", "Di Eng")
_GENRES = ("Action", "Comedy", "Drama")
_DISTRIBUTORS = ("North", "South")


def premieres(films: int = 160, noise: float = 0.2, seed: int = 0) -> pd.DataFrame:
    """A film opens every Friday; the gross rises with the budget and doubles with each star."""
    rng = np.random.default_rng(seed)
    number = np.arange(films)
    budget = np.exp(rng.uniform(np.log(2e6), np.log(1e8), films))
    gross = 0.3 * budget * 2.0 ** (number % 4) * np.exp(noise * rng.standard_normal(films))
    opens = FIRST + pd.to_timedelta(7 * number, unit="D")
    return pd.DataFrame(
        {
            "film_id": [f"tt{each:04d}" for each in number],
            "title": [f"Story {chr(97 + each % 26)}{each}" for each in number],
            "opens": opens,
            "overview": [f"A {_GENRES[each % 3]} of {_STARS[each % 4]} in town {each % 7}." for each in number],
            "certificate": ["PG", "R", "PG-13"][0],
            "runtime_minutes": 90.0 + number % 30,
            "budget": np.where(number % 11 == 5, np.nan, budget),
            "distributor": [_DISTRIBUTORS[each % 2] for each in number],
            "theatres": 1000.0 + 2000 * (budget / 1e8),
            "genres": [(_GENRES[each % 3],) for each in number],
            "directors": [(f"Director {each % 9}",) for each in number],
            "writers": [(f"Writer {each % 13}",) for each in number],
            "stars": [(_STARS[each % 4], f"Extra {each}") for each in number],
            "companies": [(f"Company {each % 5}",) for each in number],
            "countries": [("United States",)] * films,
            "languages": [("English",)] * films,
            "gross": gross,
        }
    )


def daily_runs(films: pd.DataFrame, days: int = 70) -> pd.DataFrame:
    """Each film's days, so that they sum to its gross: it halves from week to week, and weekends are strong."""
    weekdays = np.array([0.5, 0.5, 0.5, 0.6, 1.2, 2.2, 1.5])
    rows = []
    for film in films.itertuples():
        day = np.arange(days)
        date = film.opens + pd.to_timedelta(day, unit="D")
        share = 0.5 ** (day / 7) * weekdays[date.dayofweek]
        gross = np.round(film.gross * share / share.sum())
        rows.append(pd.DataFrame({"film_id": film.film_id, "date": date, "gross": gross, "theatres": film.theatres}))
    return pd.concat(rows, ignore_index=True)


def past_of(films: pd.DataFrame, daily: pd.DataFrame) -> PastReleases:
    """The past with these films in it."""
    columns = ["film_id", "title", *LISTS, "overview", "distributor", "budget", "theatres"]
    facts = films[columns].assign(out=day_number(films["opens"]), domestic=films["gross"], worldwide=2 * films["gross"])
    return PastReleases(facts, daily[["film_id", "date", "gross"]])
