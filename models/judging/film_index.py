"""An index of known films by their synopses, with their ratings and grosses: which ones a script resembles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from models.base.artifact import Artifact
from models.base.columns import FILM, GENRES, OVERVIEW, TITLE, YEAR
from models.base.saved import Saved
from models.judging.wording import Wording

FloatArray = npt.NDArray[np.float64]
OUTCOMES = ("rating", "gross")  # mean stars, US dollars so far; NaN where too few have rated, or nothing was reported
_KEPT = (FILM, TITLE, YEAR, *OUTCOMES)
_SPARSE = ("data", "indices", "indptr")


@dataclass(eq=False)
class FilmIndex(Saved):
    """Films with a synopsis; likeness is the cosine of TF-IDF, 0 to 1."""

    name: ClassVar[str] = "film index"
    films: pd.DataFrame  # film_id, title, year, genres (text, joined), rating, gross
    wording: Wording
    tfidf: sparse.csr_matrix  # (films, terms)

    @classmethod
    def of(cls, films: pd.DataFrame) -> Self:
        """Index films (`film_id`, title, year, genres, overview, rating, gross); EmptyTraining if no word is shared."""
        described = films[films[OVERVIEW].fillna("").str.strip() != ""].reset_index(drop=True)
        wording = Wording.of(described[OVERVIEW].tolist())
        kept = described[list(_KEPT)].assign(**{GENRES: described[GENRES].map(", ".join)})
        return cls(kept, wording, wording.tfidf(described[OVERVIEW].tolist()))

    def likeness(self, texts: Sequence[str]) -> FloatArray:
        """How alike each text is to each film, (texts, films)."""
        return np.asarray((self.wording.tfidf(texts) @ self.tfidf.T).toarray())

    def nearest(self, text: str, count: int) -> pd.DataFrame:
        """The films that a text resembles most, with `likeness`; none that shares no word with it."""
        alike = self.likeness([text])[0]
        order = np.argsort(-alike, kind="stable")[:count]
        return self.films.iloc[order].assign(likeness=alike[order]).query("likeness > 0")

    def _write_files(self, files: Artifact) -> None:
        """Write films, vocabulary and their TF-IDF vectors into the artifact's folder."""
        files.write_frame("films", self.films)
        self.wording.write(files)
        files.write_arrays("tfidf", {name: getattr(self.tfidf, name) for name in _SPARSE})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new index."""
        films, wording, arrays = files.read_frame("films"), Wording.read(files), files.read_arrays("tfidf")
        tfidf = sparse.csr_matrix(tuple(arrays[name] for name in _SPARSE), (len(films), len(wording.terms)))
        return cls(films, wording, tfidf)
