"""Statistical disclosure control: which cells of a table of tastes may be published.

Fewer than twenty viewers make no cell, nor do twenty of whom one decides: by the p % rule (Hundepool et al. 2010,
Handbook on Statistical Disclosure Control, 4.2) the second largest contributor may not come within p % of the largest
one's amount by subtracting their own. With p = 100 that also says that nobody is more than half of a cell. The same
holds of all that a segment took up, by which its shares are divided.

Neither may such a cell be found by subtraction: shares of a segment add up to one, and segments add up to everybody. So
where one cell of a row or column is withheld, others are withheld with it (complementary suppression: Willenborg and
de Waal 2001, Elements of Statistical Disclosure Control, chapter 4) until what is left over is safe by both rules. A
segment that differs from another one, of whatever facet, or from everybody by fewer than twenty viewers is withheld
whole: the two tables, subtracted, would show those few. A segment that lies within one of another facet loses the cells
whose difference is not safe. Counts are rounded down to tens and shares to a thousandth, which leaves sums of several
segments too coarse to be subtracted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

LEAST = 20  # viewers
EVERYBODY = "all"
KEYS = ("segment_facet", "segment", "facet", "value")
RELEASED = (*KEYS, "viewers", "share", "error", "share_of_all")
_P = 1.0  # of the p % rule, as a share
_ROUNDED_TO = 10
_DECIMALS = 3


def released(cells: pd.DataFrame, joint: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """The rows of one period that may be published, by disclosure control.

    Args:
        cells: KEYS, viewers, and the sums of `features/segment_taste`: amount, whole, amount_amount, amount_whole,
            whole_whole and members.
        joint: a column a segment facet, and viewers: how many belong to all segments of the row.
        amounts: a column a segment facet, facet, value (none: all values together), viewers, amount, largest, second:
            what those who belong to all segments of the row took up, and the two largest amounts of one of them.

    Returns:
        RELEASED, in the order of KEYS: viewers in tens, the share of the segment's amount with its standard error, and
        everybody's share, NaN where that is withheld.
    """
    pairs = _Pairs.of(joint)
    gone, within = pairs.too_alike(), _within(pairs, amounts)
    known = _with_margins(cells, amounts)
    known["withheld"] = [
        not gone.isdisjoint([key[:2]]) or not within.isdisjoint([key, (*key[:3], None)])
        for key in zip(*(known[name] for name in KEYS), strict=True)
    ]
    known["withheld"] |= ~(known["margin"] >= 0) | ~(known["whole_margin"] >= 0)
    tables = [_open(table) for _, table in known.groupby(["segment_facet", "facet"], sort=True)]
    kept = pd.concat(tables, ignore_index=True) if tables else known
    return _rounded_columns(kept).sort_values(list(KEYS), ignore_index=True)


@dataclass(frozen=True)
class _Pairs:
    """Every segment of twenty and more beside every other: names, and how many viewers belong to both."""

    names: list[tuple[str, str]]  # facet and segment
    both: np.ndarray  # (segments, segments)

    @classmethod
    def of(cls, joint: pd.DataFrame) -> "_Pairs":
        """All segments of twenty viewers and more, and how many viewers each two share."""
        facets = [column for column in joint.columns if column != "viewers"]
        facet, segment, belongs = _memberships(joint, facets)
        count = joint["viewers"].to_numpy(dtype=np.float64)
        large = belongs.T @ count >= LEAST  # none of the others is published at all
        belongs, names = belongs[:, large], zip(facet[large], segment[large], strict=True)
        both = (belongs.T @ belongs.multiply(count[:, None]).tocsr()).toarray()
        return cls([(str(each), str(name)) for each, name in names], both)

    def too_alike(self) -> set[tuple[str, str]]:
        """Of any two segments that differ by fewer than twenty viewers the smaller one, which is to be withheld."""
        size = np.diag(self.both)
        apart = size[:, None] + size[None, :] - 2 * self.both
        close = (apart > 0) & (apart < LEAST)
        # Everybody stays; of two segments the smaller goes, of equals the later.
        everybody = np.array([facet == EVERYBODY for facet, _ in self.names], dtype=bool)
        place = np.argsort(np.lexsort((np.arange(len(size)), -size, ~everybody)))
        return {self.names[later if place[later] > place[one] else one] for one, later in np.argwhere(close)}

    def nested(self) -> list[tuple[tuple[str, str], tuple[str, str]]]:
        """Pairs of a segment and one of another facet that it lies within; who is left is found by subtraction.

        Within everybody lie all, and what they leave is what other segments of their facet have.
        """
        size = np.diag(self.both)
        inside = (self.both == size[:, None]) & (size[:, None] < size[None, :]) & (size[:, None] > 0)
        pairs = ((self.names[one], self.names[other]) for one, other in np.argwhere(inside))
        return [(one, other) for one, other in pairs if other[0] != EVERYBODY]


def _memberships(joint: pd.DataFrame, facets: list[str]) -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix]:
    """All segments as two arrays, facets and names, and a sparse matrix of which rows of `joint` belong to each.

    Sparse: what viewers tell of themselves may be as many segments as there are viewers.
    """
    coded = [pd.factorize(joint[facet], sort=True) for facet in facets]
    rows = np.arange(len(joint))
    parts = [
        sparse.csr_matrix((np.ones(len(joint)), (rows, codes)), (len(joint), len(names))) for codes, names in coded
    ]
    facet = np.repeat(np.array(facets, dtype=object), [len(names) for _, names in coded])
    segment = np.concatenate([np.asarray(names, dtype=object) for _, names in coded])
    return facet, segment, sparse.hstack(parts).tocsr()


def _within(pairs: _Pairs, amounts: pd.DataFrame) -> set[tuple[str, str, str, str | None]]:
    """Which cells of nested segments (value None: the whole row) would reveal the few viewers who are left over."""
    found: set[tuple[str, str, str, str | None]] = set()
    for (facet, segment), (wider, name) in pairs.nested():
        left = amounts[(amounts[wider] == name) & (amounts[facet] != segment)]
        one, whole = left[left["value"].notna()], left[left["value"].isna()]
        found |= {(facet, segment, of, value) for of, value in _unsafe(one, ["facet", "value"])}
        found |= {(facet, segment, of, None) for of in _unsafe(whole, ["facet"])}
    return found


def _unsafe(left: pd.DataFrame, keys: list[str]) -> list[Any]:
    """The groups that have fewer than twenty viewers, or that one viewer decides."""
    viewers, margin = left.groupby(keys)["viewers"].sum(), _margins(left, keys)
    return viewers.index[(viewers < LEAST) | (margin.reindex(viewers.index) < 0)].tolist()


def _with_margins(cells: pd.DataFrame, amounts: pd.DataFrame) -> pd.DataFrame:
    """The cells with two columns more: the p % margin of each and of its segment's whole, 0 or more where safe."""
    facets = [str(name) for name in cells["segment_facet"].unique()]
    told = pd.concat([amounts.assign(segment_facet=facet, segment=amounts[facet]) for facet in facets])
    of_cells, whole = told[told["value"].notna()], told[told["value"].isna()]
    margin = _margins(of_cells, list(KEYS)).rename("margin").reset_index()
    of_segments = _margins(whole, list(KEYS[:3])).rename("whole_margin").reset_index()
    return cells.merge(margin, on=list(KEYS), how="left").merge(of_segments, on=list(KEYS[:3]), how="left")


def _margins(amounts: pd.DataFrame, keys: list[str]) -> pd.Series:
    """By how much each group keeps the p % rule: at least 0 where it does; viewers of the rows are disjoint.

    The margin of a union is at least the sum of the margins: what is safe stays safe together.
    """
    single = pd.concat([amounts[[*keys, name]].rename(columns={name: "x"}) for name in ("largest", "second")])
    ordered = single.sort_values("x", ascending=False, kind="stable")
    place = ordered.groupby(keys).cumcount()
    first, second = (ordered[place == which].set_index(keys)["x"] for which in (0, 1))
    return amounts.groupby(keys)["amount"].sum() - (1 + _P) * first - second


def _open(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of one table, segments by values, that may be seen once others are withheld beside the unsafe ones."""
    seen = _TasteTable.of(table)
    while (more := seen.exposing()).any():
        seen.hidden |= more
    rows, columns = sorted(table["segment"].unique()), sorted(table["value"].unique())
    shown = {(rows[row], columns[column]) for row, column in np.argwhere(~seen.hidden)}
    return table[[pair in shown for pair in zip(table["segment"], table["value"], strict=True)]]


@dataclass
class _TasteTable:
    """Segments by values, (rows, columns): viewers, margins, what is hidden so far; and each row's whole margin."""

    counts: np.ndarray
    margins: np.ndarray
    hidden: np.ndarray
    whole: np.ndarray

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_TasteTable":
        """Rows as arrays; small cells, and those withheld before, are hidden."""

        def wide(name: str) -> pd.DataFrame:
            """A column of the rows as a table, segments by values."""
            return table.pivot(index="segment", columns="value", values=name)

        counts = wide("viewers").fillna(0).to_numpy(dtype=np.int64)
        hidden = wide("withheld").eq(True).to_numpy() | (counts < LEAST)
        return cls(counts, wide("margin").fillna(0).to_numpy(), hidden, wide("whole_margin").max(axis=1).to_numpy())

    def exposing(self) -> np.ndarray:
        """A mask of the open cells that must be hidden too, since by them a hidden one could be found."""
        return np.asarray((self._of_rows() | self._of_columns() | self._of_wholes()) & ~self.hidden)

    def _of_rows(self) -> np.ndarray:
        """A mask of cells to hide next: the smallest open one of each row whose hidden cells tell of a few viewers.

        A viewer may be in several cells of a row, so that only the largest says how many stand behind the hidden ones.
        """
        few = self._hidden_counts().max(axis=1)
        decided = np.where(self.hidden, self.margins, 0).sum(axis=1) < 0
        return _smallest_open(self.counts, self.hidden, ((few > 0) & (few < LEAST)) | decided)

    def _of_columns(self) -> np.ndarray:
        """A mask of cells to hide next: of each value that hides one segment or few viewers, the smallest open."""
        if len(self.counts) == 1:
            return np.zeros_like(self.hidden)
        behind = self._hidden_counts()
        decided = np.where(self.hidden, self.margins, 0).sum(axis=0) < 0
        few = (behind > 0).any(axis=0) & (((behind > 0).sum(axis=0) == 1) | (behind.sum(axis=0) < LEAST))
        return _smallest_open(self.counts.T, self.hidden.T, few | decided).T

    def _of_wholes(self) -> np.ndarray:
        """A mask of the smallest open segment, all of it, where one viewer decides what hidden segments took up."""
        gone = self.hidden.all(axis=1)
        chosen = np.zeros_like(self.hidden)
        if len(self.counts) > 1 and self.whole[gone].sum() < 0 and not gone.all():
            chosen[np.where(gone, np.iinfo(np.int64).max, self.counts.max(axis=1)).argmin()] = True
        return chosen

    def _hidden_counts(self) -> np.ndarray:
        """The viewers of each hidden cell, 0 where it is open."""
        return np.where(self.hidden, self.counts, 0)


def _smallest_open(counts: np.ndarray, hidden: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """A mask of the smallest cell of each wanted row that is not hidden yet."""
    chosen = np.zeros_like(hidden)
    rows = np.flatnonzero(wanted & ~hidden.all(axis=1))
    chosen[rows, np.where(hidden, np.iinfo(np.int64).max, counts)[rows].argmin(axis=1)] = True
    return chosen


def _rounded_columns(kept: pd.DataFrame) -> pd.DataFrame:
    """The columns to publish: viewers in tens, shares rounded, and everybody's share beside."""
    everybody = kept[kept["segment_facet"] == EVERYBODY].set_index(["facet", "value"])
    of_all = everybody["amount"] / everybody["whole"]
    share = kept["amount"] / kept["whole"]
    return kept[list(KEYS)].assign(
        viewers=kept["viewers"] // _ROUNDED_TO * _ROUNDED_TO,
        share=share.round(_DECIMALS),
        error=_error(kept, share).round(_DECIMALS + 1),
        share_of_all=of_all.reindex(pd.MultiIndex.from_frame(kept[["facet", "value"]])).round(_DECIMALS).to_numpy(),
    )


def _error(cells: pd.DataFrame, share: pd.Series) -> pd.Series:
    """The standard error of a ratio of sums over viewers (Cochran 1977, Sampling Techniques, 2.11)."""
    squares = cells["amount_amount"] - 2 * share * cells["amount_whole"] + share**2 * cells["whole_whole"]
    members = cells["members"]
    return pd.Series(np.sqrt(squares.clip(lower=0) * members / (members - 1).clip(lower=1)) / cells["whole"])
