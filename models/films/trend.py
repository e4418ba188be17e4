"""How the market and its genres moved: the last quarter against the same quarter a year before.

How far a quarter's gross depends on which films happened to open is estimated by a bootstrap over films (Efron 1979):
a quarter that was made by one film says little of its genre.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number
from models.films.genres import ALL, genre_shares
from models.films.market import YEAR
from models.films.past import FloatArray

QUARTER, _LEAST = 91, 28  # days
_DRAWS = 2000
_LITTLE = 1.0  # dollars: a draw may hold no film of a year before


@dataclass(frozen=True)
class Change:
    """Gross of a genre (None: all films) in the quarter and a year before, US dollars, and the change as a share.

    `low` and `high` are the 80 % interval of the change. All three are None where nothing was taken a year before.
    """

    genre: str | None
    gross: float
    before: float
    change: float | None
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """Whether the change is more than other films might have made of it."""
        if self.low is None or self.high is None:
            return "new"
        return "rises" if self.low > 0 else "falls" if self.high < 0 else "–"


def days_compared(daily: pd.DataFrame, last: int) -> int:
    """How many days until `last` are compared: a quarter, or as many as the record has of a year before, if a month."""
    known = last - YEAR - int(day_number(daily[DATE]).min()) + 1
    return min(QUARTER, known) if known >= _LEAST else 0


def changes(daily: pd.DataFrame, films: pd.DataFrame, genres: Sequence[str], last: int, seed: int = 0) -> list[Change]:
    """All films together, then the genres that took something in either quarter, the largest first.

    Where the record begins within the earlier quarter, both are so much shorter; where less than a month is left of it,
    nothing is compared.

    Args:
        daily: film_id, date, gross.
        films: film_id and genres.
        genres: those that are counted, see `genres.py`.
        last: the day number with which the quarter ends.
    """
    rng, days = np.random.default_rng(seed), days_compared(daily, last)
    if not days:
        return []
    now, before = (_by_film(daily, films, genres, range(last - back - days + 1, last - back + 1)) for back in (0, YEAR))
    drawn = [_redrawn(each, rng) + _LITTLE for each in (now, before)]
    low, high = np.quantile(drawn[0] / drawn[1] - 1, [0.1, 0.9], axis=0)
    rows = [
        _change(*each)
        for each in zip(now.columns, now.sum(), before.sum(), low, high, strict=True)
        if each[1] or each[2]
    ]
    return sorted(rows, key=lambda row: (row.genre is not None, -max(row.gross, row.before), row.genre))


def _change(name: str, gross: float, before: float, low: float, high: float) -> Change:
    """A change; without interval where nothing was taken a year before."""
    genre = None if name == ALL else name
    if before <= 0:
        return Change(genre, float(gross), 0.0, None, None, None)
    return Change(genre, float(gross), float(before), float(gross / before - 1), float(low), float(high))


def _by_film(daily: pd.DataFrame, films: pd.DataFrame, genres: Sequence[str], days: range) -> pd.DataFrame:
    """What each film took on days: a row a film, a column a genre, and one for all."""
    day = day_number(daily[DATE])
    taken = daily[(day >= days.start) & (day < days.stop)].groupby(FILM)[GROSS].sum()
    return genre_shares(films, taken.index, genres).mul(taken, axis=0).assign(**{ALL: taken})


def _redrawn(films: pd.DataFrame, rng: np.random.Generator) -> FloatArray:
    """Bootstrap: the columns' sums, (draws, columns), each film counted as often as a Poisson draw of mean 1 says."""
    return np.asarray(rng.poisson(1.0, (_DRAWS, len(films))) @ films.to_numpy(dtype=np.float64), dtype=np.float64)
