"""Films that are known, by what they are about, with what became of them: which ones a script resembles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from models.base import artifact
from models.base.columns import FILM, GENRES, OVERVIEW, TITLE, YEAR
from models.judging.wording import Wording

FloatArray = npt.NDArray[np.float64]
FATE = ("rating", "gross")  # mean stars, US dollars so far; NaN where too few have rated, or nothing was reported
_TOLD = (FILM, TITLE, YEAR, *FATE)


@dataclass(eq=False)
class Shelf:
    """Films with a synopsis; likeness is the cosine of TF-IDF, 0 to 1."""

    name: ClassVar[str] = "shelf"
    films: pd.DataFrame  # film_id, title, year, genres (text, joined), rating, gross
    wording: Wording
    weighed: sparse.csr_matrix  # (films, terms)

    @classmethod
    def of(cls, films: pd.DataFrame) -> Self:
        """Films: film_id, title, year, genres, overview, rating, gross.

        Raises:
            EmptyTraining: their synopses have no word in common.
        """
        told = films[films[OVERVIEW].fillna("").str.strip() != ""].reset_index(drop=True)
        wording = Wording.of(told[OVERVIEW].tolist())
        kept = told[list(_TOLD)].assign(**{GENRES: told[GENRES].map(", ".join)})
        return cls(kept, wording, wording.of_texts(told[OVERVIEW].tolist()))

    def likeness(self, texts: Sequence[str]) -> FloatArray:
        """How alike each text is to each film, (texts, films)."""
        return np.asarray((self.wording.of_texts(texts) @ self.weighed.T).toarray())

    def nearest(self, text: str, count: int) -> pd.DataFrame:
        """The films that a text resembles most, with `likeness`; none that shares no word with it."""
        alike = self.likeness([text])[0]
        order = np.argsort(-alike, kind="stable")[:count]
        return self.films.iloc[order].assign(likeness=alike[order]).query("likeness > 0")

    def save(self, folder: Path) -> None:
        """Write the films as parquet, the vocabulary as JSON and their terms as safetensors."""
        with artifact.writing(folder, self.name) as files:
            files.write_frame("films", self.films)
            files.write_json("terms", {"form": self.wording.form, "terms": self.wording.terms})
            parts = {name: getattr(self.weighed, name) for name in ("data", "indices", "indptr")}
            files.write_arrays("weighed", {**parts, "rarity": self.wording.rarity})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What was saved.

        Raises:
            BadArtifact: the folder is torn, or holds something else.
        """
        files = artifact.reading(folder, cls.name)
        terms, arrays, films = files.read_json("terms"), files.read_arrays("weighed"), files.read_frame("films")
        parts = (arrays["data"], arrays["indices"], arrays["indptr"])
        weighed = sparse.csr_matrix(parts, (len(films), len(terms["terms"])))
        return cls(films, Wording(terms["form"], tuple(terms["terms"]), arrays["rarity"]), weighed)
