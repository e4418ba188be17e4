"""Has the world moved away from what was learned? Coverage, error, features, and the market as a whole.

A finding that did not pass asks for a new fit. Small numbers accuse nobody: limits leave room for chance.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.films.market import YEAR, Market
from models.outlook.openings import OutlookAccuracy
from pipelines.lake.expectations import Finding

ERROR = "error against the baseline"
WANTED, _ROOM = 0.8, 0.1  # coverage of an 80 % interval, and how far off is no matter
_FEWEST = 20  # films or months, below which nothing is said
_BINS = 5
_MOST_MOVED = 0.25  # PSI beyond chance: above it a distribution counts as another (a custom of credit scoring)
# A film's own facts: what else is known moves by itself, as track records lengthen and rivals are announced.
_FACTS = (
    *("budget", "running time", "certificate", "in English", "American", "Indian", "genre "),
    *("number of", "title", "length of", "theatres"),
)
_MONTH = 28  # days
_TAIL = 0.025
USUAL = "error among those of past weeks"


@dataclass(frozen=True)
class Moved:
    """A column, and by how much its distribution has moved."""

    column: str
    psi: float


def held(measured: OutlookAccuracy | None) -> Finding:
    """Whether 80 % intervals hold four films in five, as far as so many films can tell."""
    if measured is None or measured.films < _FEWEST:
        return Finding("coverage", True, f"fewer than {_FEWEST} films have come since the fit")
    room = max(_ROOM, 2 * np.sqrt(WANTED * (1 - WANTED) / measured.films))
    detail = f"{measured.cover80:.0%} of {measured.films} films were inside, {WANTED:.0%} ± {room:.0%} are wanted"
    return Finding("coverage", bool(abs(measured.cover80 - WANTED) <= room), detail)


def better(measured: OutlookAccuracy | None) -> Finding:
    """Whether the outlook errs less than the mean of all films does."""
    if measured is None or measured.films < _FEWEST:
        return Finding(ERROR, True, f"fewer than {_FEWEST} films have come since the fit")
    detail = f"RMSLE {measured.rmsle:.3f}, the baseline's {measured.baseline_rmsle:.3f}, of {measured.films} films"
    return Finding(ERROR, measured.rmsle < measured.baseline_rmsle, detail)


def alike(learned: pd.DataFrame, asked: pd.DataFrame) -> Finding:
    """Whether the films asked of are like those that were learned, by their own facts."""
    if len(asked) < _FEWEST:
        return Finding("features", True, f"{len(asked)} films are asked of, too few to compare")
    found = moved(learned, asked)
    told = ", ".join(f"{each.column} {each.psi:.2f}" for each in found[:5]) or "nothing has moved"
    return Finding("features", not found, f"PSI beyond chance over {_MOST_MOVED}: {told}")


def moved(learned: pd.DataFrame, asked: pd.DataFrame) -> list[Moved]:
    """The facts whose distribution has moved beyond chance, most moved first."""
    columns = [name for name in map(str, learned) if name.startswith(_FACTS)]
    found = [Moved(name, _beyond_chance(learned[name].to_numpy(), asked[name].to_numpy())) for name in columns]
    return sorted((each for each in found if each.psi > _MOST_MOVED), key=lambda each: -each.psi)


def psi(learned: np.ndarray, asked: np.ndarray) -> float:
    """Population stability index over fifths of what was learned; missing values are a bin of their own."""
    known = learned[np.isfinite(learned)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1])) if len(known) else np.zeros(0)
    shares = [np.clip(_bin_shares(values, edges), 1e-3, None) for values in (asked, learned)]
    return float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())


def usual_error(error: float | None, past: pd.Series | None) -> Finding:
    """Whether a forecaster errs as in the weeks of a back-test, all but the worst fortieth of them.

    Four weeks' forecasts err together, as those of a past week do: their spread is what chance and the season make.

    Args:
        error: WAPE of four weeks, None where it was not measured.
        past: WAPE of the four weeks after each of many past weeks, None where there is no back-test.
    """
    known = pd.Series(dtype=float) if past is None else past.dropna()
    if error is None or len(known) < _FEWEST:
        return Finding(USUAL, True, f"{len(known)} past weeks to compare with: `cineloop backtest` makes them")
    most = float(known.quantile(1 - _TAIL))
    said = (
        f"WAPE {error:.3f}, in {len(known)} past weeks {known.median():.3f} in the median and seldom above {most:.3f}"
    )
    return Finding(USUAL, error <= most, said)


def usual_market(daily: pd.DataFrame) -> Finding:
    """Whether the last four weeks of a box office stand to those of a year before as such weeks did until then."""
    market = Market.of(daily)
    ends = np.arange(market.first + len(market.gross), market.first + YEAR + _MONTH - 1, -_MONTH)
    totals = [market.between(ends - _MONTH - back, ends - back) + 1.0 for back in (0, YEAR)]
    changes = np.log(totals[0] / totals[1])
    if len(changes) <= _FEWEST:
        return Finding("market regime", True, f"{max(0, len(changes) - 1)} four weeks before, too few to compare")
    low, high = np.quantile(changes[1:], [_TAIL, 1 - _TAIL])
    said = f"{np.expm1(changes[0]):+.0%} on the year before, usual are {np.expm1(low):+.0%} to {np.expm1(high):+.0%}"
    return Finding("market regime", bool(low <= changes[0] <= high), said)


def _beyond_chance(learned: np.ndarray, asked: np.ndarray) -> float:
    """PSI less what samples of these sizes from one distribution would show (its mean, and twice its spread)."""
    degrees, scale = _BINS, 1 / len(learned) + 1 / len(asked)
    return float(psi(learned, asked)) - scale * (degrees + 2 * math.sqrt(2 * degrees))


def _bin_shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The share of values in each bin between these edges; missing ones are the last bin."""
    known = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="right"), minlength=len(edges) + 1)
    return np.append(counts, len(values) - len(known)) / len(values)
