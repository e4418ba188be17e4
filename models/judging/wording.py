"""Texts as TF-IDF vectors over a learned vocabulary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer
from sklearn.preprocessing import normalize

from models.base.artifact import Artifact
from models.base.errors import EmptyTraining

FloatArray = npt.NDArray[np.float64]
Form = Literal["words", "stems"]
_STEM = 5  # letters by which words of one family are told
_TOKEN = r"(?u)\b[^\W\d_]{2,}\b"
_WORDS = re.compile(_TOKEN)


@dataclass(frozen=True)
class Wording:
    """TF-IDF (Salton, Buckley 1988, with the log of counts) of words and pairs of neighbours, or of stems.

    Rows have length one; terms that no text of the training has are ignored.
    """

    form: Form
    terms: tuple[str, ...]
    idf: FloatArray  # (terms,): the log of how few texts have it

    @classmethod
    def of(cls, texts: Sequence[str], form: Form = "words", fewest: int = 2, most: int = 20_000) -> Self:
        """Learn the `most` frequent terms of at least `fewest` texts; raises EmptyTraining where there is none."""
        counter = CountVectorizer(**_settings(form), min_df=fewest, max_features=most, binary=True)
        try:
            seen = counter.fit_transform(texts)
        except ValueError as error:
            raise EmptyTraining(f"{len(texts)} texts have no word in common: describe more films") from error
        idf = np.log((1 + len(texts)) / (1 + np.asarray(seen.sum(axis=0)).ravel())) + 1
        return cls(form, tuple(counter.get_feature_names_out()), idf)

    def tfidf(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """Texts → rows of length one, (texts, terms); a text without a known term is all 0."""
        counter = CountVectorizer(**_settings(self.form), vocabulary=list(self.terms))
        counts = counter.transform(texts).astype(np.float64)
        counts.data = 1 + np.log(counts.data)
        return normalize(counts.multiply(self.idf).tocsr())

    def write(self, files: Artifact) -> None:
        """Write the vocabulary as JSON and its weights as safetensors."""
        files.write_json("terms", {"form": self.form, "terms": self.terms})
        files.write_arrays("idf", {"idf": self.idf})

    @classmethod
    def read(cls, files: Artifact) -> Self:
        """Read what `write` wrote."""
        terms = files.read_json("terms")
        return cls(terms["form"], tuple(terms["terms"]), files.read_arrays("idf")["idf"])


def _settings(form: Form) -> dict[str, Any]:
    """Settings of scikit-learn's vectorizer for words or stems."""
    if form == "stems":
        return {"analyzer": _stems}
    return {"token_pattern": _TOKEN, "stop_words": "english", "ngram_range": (1, 2)}


def _stems(text: str) -> list[str]:
    """The beginnings of a text's words, without stop words."""
    return [word[:_STEM] for word in _WORDS.findall(text.lower()) if word not in ENGLISH_STOP_WORDS]
