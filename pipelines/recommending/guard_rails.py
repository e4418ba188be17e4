"""Guard rails of what a cycle shows: so that feedback does not run away into a few films.

What is shown is taken up, what is taken up is ranked higher, and what is ranked higher is shown. A model's lists
that leave the rails are made again with a price on films that others are shown already, and a premium on new ones,
both raised until the rails hold. A cycle whose lists cannot be brought within them shows nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from models.base.columns import FILM, RANK, SCORE, VIEWER
from pipelines.platform import settings
from pipelines.platform.errors import OffTheRails

_PRICES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # in units of the spread of a viewer's scores
_LEAST_DEPTH = 50  # candidates a viewer
_TELLING = 20  # places that new films would have by chance: of fewer, none may be left by bad luck

Lists = Callable[[int, Sequence[str]], pd.DataFrame]


@dataclass(frozen=True)
class Exposure:
    """What lists show of the films that may be shown.

    `coverage`: the share of films in at least one list, of as many as there are places for. `new`: the share of
    places that new films have, over the share of films that are new; None where so few are new that chance decides.
    `gini`: how unequal the films' numbers of places are, from 0 (as alike as can be) to 1.
    """

    coverage: float
    new: float | None
    gini: float


@dataclass(frozen=True)
class Rails:
    """What a cycle's lists must keep to; set by the environment (`pipelines.platform.settings`)."""

    coverage: float = field(default_factory=settings.least_coverage)
    new: float = field(default_factory=settings.least_new)
    gini: float = field(default_factory=settings.most_concentrated)

    def broken(self, shown: Exposure) -> list[str]:
        """The rails that what is shown breaks, each as words with its numbers; empty where all hold."""
        found = []
        if shown.coverage < self.coverage:
            found.append(f"coverage {shown.coverage:.3f} is under {self.coverage:g}")
        if shown.new is not None and shown.new < self.new:
            found.append(f"new films have {shown.new:.3f} of their share, under {self.new:g}")
        if shown.gini > self.gini:
            found.append(f"Gini {shown.gini:.3f} is over {self.gini:g}")
        return found


@dataclass(frozen=True)
class Kept:
    """Lists within the rails, what they show, what they would have shown, and the price that it took (0: none)."""

    listed: pd.DataFrame
    shown: Exposure
    unpriced: Exposure
    price: float

    def record(self) -> dict[str, Any]:
        """What the ledger keeps of it, as plain JSON values."""
        return {"price": self.price, "shown": asdict(self.shown), "unpriced": asdict(self.unpriced)}


def exposure(listed: pd.DataFrame, films: Sequence[str], new: frozenset[str]) -> Exposure:
    """Measure what lists (viewer_id, film_id) show of `films`, of which `new` are new: coverage, new share, Gini."""
    places = np.bincount(pd.Index(films).get_indexer(pd.Index(listed[FILM])), minlength=len(films))
    total, reachable = int(places.sum()), min(len(films), int(places.sum()))
    fresh = np.isin(np.asarray(films, dtype=object), list(new))
    expected = total * fresh.mean()
    share = float(places[fresh].sum() / expected) if expected >= _TELLING else None
    return Exposure(float((places > 0).sum() / reachable), share, _gini(places))


def keep(rails: Rails, lists: Lists, films: Sequence[str], new: frozenset[str], n: int) -> Kept:
    """Ask `lists` for lists of `n` films a viewer, and change them by a price until they are within the rails.

    Args:
        lists: gives each viewer's best films of some, so many: `columns.RECOMMENDATIONS`.
        films: all that may be shown.
        new: those of them that are new.

    Raises:
        OffTheRails: no price brings the lists within the rails.
    """
    listed = lists(n, films)
    unpriced = exposure(listed, films, new)
    if not rails.broken(unpriced):
        return Kept(listed, unpriced, unpriced, 0.0)
    table = _Table.of(_candidates(rails, lists, films, new, n), films, new)
    shown = unpriced
    for price in _PRICES:
        listed = table.listed(price, n)
        shown = exposure(listed, films, new)
        if not rails.broken(shown):
            return Kept(listed, shown, unpriced, price)
    raise OffTheRails(
        f"the slates of this cycle were not shown, {' and '.join(rails.broken(shown))} at any price: let an earlier "
        "version serve (`cineloop models rollback recommender`) or loosen CINELOOP_LEAST_COVERAGE, "
        "CINELOOP_LEAST_NEW or CINELOOP_MOST_GINI"
    )


def _candidates(rails: Rails, lists: Lists, films: Sequence[str], new: frozenset[str], n: int) -> pd.DataFrame:
    """Ask `lists` for each viewer's best films and best new films, enough of them for the rails to be kept."""
    depth = max(_LEAST_DEPTH, int(np.ceil(2 * rails.coverage * len(films))))
    found = [lists(depth, films), *([lists(n, sorted(new))] if new else [])]
    return pd.concat(found).drop_duplicates([VIEWER, FILM], ignore_index=True)


@dataclass(frozen=True)
class _Table:
    """Candidates, and as arrays of shape (viewers, candidates) their films and scores, padded with −∞."""

    candidates: pd.DataFrame
    row: np.ndarray  # of `candidates`
    film: np.ndarray  # position
    score: np.ndarray  # in units of its spread over a viewer's candidates
    new: np.ndarray  # by film

    @classmethod
    def of(cls, candidates: pd.DataFrame, films: Sequence[str], new: frozenset[str]) -> "_Table":
        """Candidate rows as arrays, scores standardised for each viewer."""
        viewer, viewers = pd.factorize(candidates[VIEWER])
        column = candidates.groupby(VIEWER, sort=False).cumcount().to_numpy()
        shape = (len(viewers), int(column.max()) + 1)
        row, film, score = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64), np.full(shape, np.nan)
        row[viewer, column] = np.arange(len(candidates))
        film[viewer, column] = pd.Index(films).get_indexer(pd.Index(candidates[FILM]))
        score[viewer, column] = candidates[SCORE]
        spread = np.nanstd(score, axis=1, keepdims=True)
        scaled = (score - np.nanmean(score, axis=1, keepdims=True)) / np.where(spread > 0, spread, 1)
        fresh = np.isin(np.asarray(films, dtype=object), list(new))
        return cls(candidates, row, film, np.nan_to_num(scaled, nan=-np.inf), fresh)

    def listed(self, price: float, n: int) -> pd.DataFrame:
        """Choose lists of `n`, viewer by viewer: films that others are shown cost more by `price`, new films less."""
        crowd, even = np.zeros(len(self.new)), len(self.row) * n / len(self.new)
        taken = []
        for row, film, score in zip(self.row, self.film, self.score, strict=True):
            worth = score + price * (self.new[film] - np.log1p(crowd[film] / even))
            order = np.argsort(-worth, kind="stable")[:n]
            order = order[np.isfinite(worth[order])]
            crowd[film[order]] += 1
            taken.append(row[order])
        ranks = np.concatenate([np.arange(1, len(rows) + 1) for rows in taken])
        return self.candidates.iloc[np.concatenate(taken)].assign(**{RANK: ranks}).reset_index(drop=True)


def _gini(places: np.ndarray) -> float:
    """The Gini coefficient, 0 where the places are spread as evenly as whole numbers allow."""
    count, total = len(places), int(places.sum())
    if not total:
        return 1.0
    even = np.full(count, total // count)
    even[: total % count] += 1
    least = _unequal(even)
    return float((_unequal(places) - least) / (1 - least)) if least < 1 else 0.0


def _unequal(places: np.ndarray) -> float:
    """The Gini coefficient of the films' numbers of places."""
    ordered, count = np.sort(places), len(places)
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * ordered.sum()))
