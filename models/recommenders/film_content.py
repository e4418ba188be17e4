"""Films as weighted terms: what their descriptions say, as TF-IDF (Salton, Buckley 1988)."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from models.base.columns import FILM, GENRES, OVERVIEW, PEOPLE, TITLE, YEAR

TERM, IDF = "term", "idf"
# How much a kind of term says beside the others, before IDF: genres and people are chosen, words happen.
_SAYS = {"genre": 1.0, "person": 1.0, "decade": 0.5, "word": 0.5}
_WORD = re.compile(r"[^\W\d_]{3,}")


def vocabulary(films: pd.DataFrame | None, least: int = 2, most: int | None = None) -> pd.DataFrame:
    """Collect the terms that describe at least `least` films, at most `most` of them, the commonest first.

    Args:
        films: `columns.FILMS`, one row a film; any of its columns but film_id may be missing or empty.

    Returns:
        Columns term (`genre=Comedy`, `person=…`, `decade=1990`, `word=…`) and idf, ln(films / films with it) + 1.
    """
    rows = [] if films is None else films.to_dict("records")
    counts = Counter(term for row in rows for term in _terms(row))
    common = sorted((-count, term) for term, count in counts.items() if count >= least)[:most]
    return pd.DataFrame(
        {
            TERM: pd.Series([term for _, term in common], dtype=object),
            IDF: np.log(len(rows) / -np.array([count for count, _ in common], dtype=np.float64)) + 1,
        }
    )


def term_matrix(films: pd.DataFrame | None, known: pd.Index, terms: pd.DataFrame) -> csr_array:
    """The films of `known` by the terms of `vocabulary`, rows of length 1, or 0 where nothing is said of a film.

    Returns:
        Shape (films, terms).
    """
    shape = (len(known), len(terms))
    if films is None or films.empty or terms.empty:
        return csr_array(shape)
    columns = {term: place for place, term in enumerate(terms[TERM])}
    rows = zip(known.get_indexer(pd.Index(films[FILM])), films.to_dict("records"), strict=True)
    cells = [(row, columns[term]) for row, facts in rows if row >= 0 for term in _terms(facts) if term in columns]
    if not cells:
        return csr_array(shape)
    film, term = np.array(cells).T
    kinds = np.array([_SAYS[name.partition("=")[0]] for name in terms[TERM]])
    weight = (kinds * terms[IDF].to_numpy())[term]
    length = np.sqrt(np.bincount(film, weights=weight**2, minlength=len(known)))
    return csr_array((weight / length[film], (film, term)), shape=shape)


def _terms(facts: dict[Any, Any]) -> set[str]:
    """A film's terms, each once."""
    return set(_each_term(facts))


def _each_term(facts: dict[Any, Any]) -> Iterator[str]:
    """A film's terms: genres, people, decade, words of title and overview; repeated as often as they stand there."""
    for kind, column in (("genre", GENRES), ("person", PEOPLE)):
        yield from (f"{kind}={name}" for name in _listed(facts.get(column)))
    year = facts.get(YEAR)
    if year is not None and not pd.isna(year):
        yield f"decade={int(year) // 10 * 10}"
    for column in (TITLE, OVERVIEW):
        text = facts.get(column)
        if isinstance(text, str):
            yield from (f"word={word}" for word in _WORD.findall(text.lower()))


def _listed(names: Any) -> Iterable[str]:
    """The names of a list; none where there is no list, as for a film of which nothing is known."""
    return names if isinstance(names, list | tuple | np.ndarray) else ()
