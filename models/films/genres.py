"""The market by genre: a film of k genres gives the k-th part of what it takes to each of them.

The counted genres are an argument: data sets with a hundred genres have some that most films share, and the market is
split by those.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.base.columns import FILM, GENRES

OTHER, UNKNOWN = "other", "unknown"  # of a film that has none of the genres counted, and of which none is known
ALL = ""  # in place of a genre: all films
NO_GENRES = frozenset({OTHER, UNKNOWN, ALL})  # a film's genre that is called so is none that can be counted


def counted(names: pd.Series) -> list[str]:
    """The counted genres among names of a market's rows: without all films (null), `OTHER` and `UNKNOWN`."""
    return sorted(set(names.dropna()) - {OTHER, UNKNOWN})


def genre_shares(films: pd.DataFrame, wanted: pd.Index, genres: Sequence[str]) -> pd.DataFrame:
    """Which part of each film counts for each genre: a row a wanted film_id, rows sum to 1.

    Args:
        films: film_id and genres (tuples of names); films that are not among them have no known genre.
        genres: those that are counted; they are columns, and so are `OTHER` and `UNKNOWN`.
    """
    told = films.drop_duplicates(FILM, keep="last").set_index(FILM)[GENRES].reindex(wanted)
    names = [_known_genres_or_other(each, genres) for each in told]
    columns = pd.Index([*genres, OTHER, UNKNOWN])
    counts = np.array([len(each) for each in names], dtype=np.int64)
    rows = np.repeat(np.arange(len(names)), counts)
    shares = np.zeros((len(names), len(columns)))
    shares[rows, columns.get_indexer(pd.Index([name for each in names for name in each]))] = 1.0 / counts[rows]
    return pd.DataFrame(shares, index=wanted, columns=columns)


def _known_genres_or_other(told: object, genres: Sequence[str]) -> list[str]:
    """The film's genres that are counted; `OTHER` where none of them is, `UNKNOWN` where it tells none."""
    known = [name for name in dict.fromkeys(told) if name != UNKNOWN] if isinstance(told, tuple) else []
    return [name for name in known if name in genres] or [OTHER if known else UNKNOWN]
