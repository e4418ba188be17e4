"""Which cells of a table of tastes may be published, so that no viewer can be told apart.

Fewer than twenty viewers make no cell. Neither may such a cell be found by subtraction: shares of a segment add up to
one, and segments add up to everybody. So where one cell of a row or column is withheld, others are withheld with it
(complementary suppression: Willenborg and de Waal 2001, Elements of Statistical Disclosure Control, chapter 4). A
segment that differs from another one, of whatever facet, or from everybody by fewer than twenty viewers is withheld
whole: the two tables, subtracted, would show those few. Counts are rounded down to tens and shares to a thousandth,
which leaves sums of several segments too coarse to be subtracted.
"""

import numpy as np
import pandas as pd
from scipy import sparse

LEAST = 20  # viewers
EVERYBODY = "all"
KEYS = ("segment_facet", "segment", "facet", "value")
RELEASED = (*KEYS, "viewers", "share", "error", "share_of_all")
_ROUNDED_TO = 10
_DECIMALS = 3


def released(cells: pd.DataFrame, joint: pd.DataFrame) -> pd.DataFrame:
    """What may be published of one period.

    Args:
        cells: KEYS, viewers, and the sums of `features/segment_taste`: amount, whole, amount_amount, amount_whole,
            whole_whole and members.
        joint: a column a segment facet, and viewers: how many belong to all segments of the row.

    Returns:
        RELEASED, in the order of KEYS: viewers in tens, the share of the segment's amount with its standard error, and
        everybody's share, NaN where that is withheld.
    """
    withheld = _too_alike(joint)
    known = cells.assign(
        withheld=[pair in withheld for pair in zip(cells["segment_facet"], cells["segment"], strict=True)]
    )
    tables = [_open(table) for _, table in known.groupby(["segment_facet", "facet"], sort=True)]
    kept = pd.concat(tables, ignore_index=True) if tables else known
    return _told(kept).sort_values(list(KEYS), ignore_index=True)


def _too_alike(joint: pd.DataFrame) -> set[tuple[str, str]]:
    """The smaller of any two segments that differ by a few viewers."""
    facets = [column for column in joint.columns if column != "viewers"]
    facet, segment, belongs = _memberships(joint, facets)
    count = joint["viewers"].to_numpy(dtype=np.float64)
    large = belongs.T @ count >= LEAST  # none of the others is published at all
    facet, segment, belongs = facet[large], segment[large], belongs[:, large]
    both = (belongs.T @ belongs.multiply(count[:, None]).tocsr()).toarray()
    size = np.diag(both)
    apart = size[:, None] + size[None, :] - 2 * both
    close = (apart > 0) & (apart < LEAST)
    # Everybody stays; of two segments the smaller goes, of equals the later.
    place = np.argsort(np.lexsort((np.arange(len(size)), -size, facet != EVERYBODY)))
    gone = [later if place[later] > place[one] else one for one, later in np.argwhere(close)]
    return {(str(facet[each]), str(segment[each])) for each in gone}


def _memberships(joint: pd.DataFrame, facets: list[str]) -> tuple[np.ndarray, np.ndarray, sparse.csr_matrix]:
    """The facet and name of each segment, and which rows of `joint` belong to it, (rows, segments).

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


def _open(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of one table, segments by values, that may be seen."""
    counts = table.pivot(index="segment", columns="value", values="viewers").fillna(0).to_numpy(dtype=np.int64)
    gone = table.pivot(index="segment", columns="value", values="withheld").eq(True).to_numpy()
    hidden = gone | (counts < LEAST)
    while True:
        more = _row_complements(counts, hidden) | _column_complements(counts, hidden)
        if not (more & ~hidden).any():
            break
        hidden |= more
    rows, columns = sorted(table["segment"].unique()), sorted(table["value"].unique())
    shown = {(rows[row], columns[column]) for row, column in np.argwhere(~hidden)}
    return table[[pair in shown for pair in zip(table["segment"], table["value"], strict=True)]]


def _row_complements(counts: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The smallest open cell of each segment of which a few viewers' share would be what is missing to one.

    A viewer may be in several cells of a row, so that only the largest says how many stand behind the hidden ones.
    """
    few = np.where(hidden, counts, 0).max(axis=1)
    return _smallest_open(counts, hidden, (few > 0) & (few < LEAST))


def _column_complements(counts: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """The smallest open cell of each value that hides one segment, or segments of a few viewers together."""
    if len(counts) == 1:
        return np.zeros_like(hidden)
    behind = np.where(hidden, counts, 0)
    exposed = (behind > 0).any(axis=0) & (((behind > 0).sum(axis=0) == 1) | (behind.sum(axis=0) < LEAST))
    return _smallest_open(counts.T, hidden.T, exposed).T


def _smallest_open(counts: np.ndarray, hidden: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The smallest cell of each wanted row that is not hidden yet."""
    chosen = np.zeros_like(hidden)
    rows = np.flatnonzero(wanted & ~hidden.all(axis=1))
    chosen[rows, np.where(hidden, np.iinfo(np.int64).max, counts)[rows].argmin(axis=1)] = True
    return chosen


def _told(kept: pd.DataFrame) -> pd.DataFrame:
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
    return np.sqrt(squares.clip(lower=0) * members / (members - 1).clip(lower=1)) / cells["whole"]
