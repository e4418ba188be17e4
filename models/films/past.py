"""Released films and their grosses as known by a day: the only way by which features read outcomes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import DATE, FILM, GROSS
from models.base.days import day_number

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Money = Literal["domestic", "worldwide"]

LISTS = ("genres", "directors", "writers", "stars", "companies", "countries", "languages")
SETTLED = 180  # days after which a film's final gross counts as known, where no daily figures tell it
_FIRST_WEEK = 7  # days after which it is known in how many theatres a film has been
_STRIDE = 2**22  # more than any two dates are apart, so that film and date make one sortable key


@dataclass(frozen=True)
class PastReleases:
    """Films by the day on which they came out, and their daily grosses.

    `films` has film_id, title, out (day number), the `LISTS` (tuples), distributor, budget, theatres (of the first
    week), domestic and worldwide (final, US dollars; NaN where unknown). `daily` has film_id, date, gross.
    """

    films: pd.DataFrame
    daily: pd.DataFrame

    @cached_property
    def out(self) -> IntArray:
        """The day numbers on which the films came out, in the order of `films`."""
        return self.films["out"].to_numpy(dtype=np.int64)

    def gross(self, film: IntArray, by: IntArray, money: Money) -> FloatArray:
        """What films (positions) were known on the evenings before days `by` to have taken; NaN where nothing was.

        Domestic grosses are added up from the days before; where no day of a film is known, and worldwide, it is
        the final gross, from `SETTLED` days after it came out.
        """
        final = np.where(by >= self.out[film] + SETTLED, self._final[money][film], np.nan)
        if money == "worldwide":
            return final
        keys, running = self._running
        begin, end = (np.searchsorted(keys, film * _STRIDE + until) for until in (np.zeros_like(by), by))
        taken = running[end] - running[begin]
        reported = np.searchsorted(keys, (film + 1) * _STRIDE) > begin
        return np.where(reported, np.where(taken > 0, taken, np.nan), final)

    def theatres(self, film: IntArray, by: IntArray) -> FloatArray:
        """Theatres of the films' first week, where it was over on the evenings before days `by`; else NaN."""
        counts = self.films["theatres"].to_numpy(dtype=np.float64)[film]
        return np.where((counts > 0) & (by >= self.out[film] + _FIRST_WEEK), counts, np.nan)

    @cached_property
    def _final(self) -> dict[str, FloatArray]:
        """The final gross of each film, by kind of money; cached."""
        return {money: self.films[money].to_numpy(dtype=np.float64) for money in ("domestic", "worldwide")}

    @cached_property
    def _running(self) -> tuple[IntArray, FloatArray]:
        """Sorted keys of film and date, and the gross before each of them, of all films together; cached."""
        place = pd.Index(self.films[FILM]).get_indexer(pd.Index(self.daily[FILM]))
        known = self.daily[place >= 0]
        keys = place[place >= 0].astype(np.int64) * _STRIDE + day_number(known[DATE])
        order = np.argsort(keys, kind="stable")
        gross = known[GROSS].to_numpy(dtype=np.float64)[order]
        return keys[order], np.concatenate([[0.0], np.cumsum(gross)])
