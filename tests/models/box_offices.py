"""Box offices whose law is known by construction."""

import numpy as np
import pandas as pd

START = pd.Timestamp("2021-01-01")
WEEKDAYS = np.array([0.5, 0.5, 0.5, 0.6, 1.2, 2.2, 1.5])  # Monday to Sunday
WEEKLY_DECAY = 0.7


def decaying(days: int = 140, run: int = 63, noise: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """A film opens every fifth day and takes opening · decay^(day / 7) · weekday, for `run` days."""
    rng = np.random.default_rng(seed)
    films = [_run(number, opens, run) for number, opens in enumerate(range(5 - run, days, 5))]
    panel = pd.concat(films, ignore_index=True)
    panel["gross"] *= np.exp(noise * rng.standard_normal(len(panel)))
    inside = (panel["date"] >= START) & (panel["date"] < START + pd.Timedelta(days=days))
    return panel[inside].reset_index(drop=True)


def _run(number: int, opens: int, run: int) -> pd.DataFrame:
    day = np.arange(run)
    date = START + pd.to_timedelta(opens + day, unit="D")
    opening = 1e5 * (1 + number % 7)
    gross = opening * WEEKLY_DECAY ** (day / 7) * WEEKDAYS[date.dayofweek]
    genres = ("Comedy", "Drama|Western", "")[number % 3]
    return pd.DataFrame(
        {
            "film_id": f"film-{number:03d}",
            "date": date,
            "gross": gross,
            "day": day + 1,
            "screens": 1000.0 - 10 * day,
            "genres": genres,
        }
    )
