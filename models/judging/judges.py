"""Two judges who share neither films nor words, and the index of films that they know.

The first one judges. The second has learned from the other half of the films, reads words by their stems, and uses an
independent seed: an accident of the first one's films or words does not raise its score.
"""

import zlib
from dataclasses import dataclass, fields
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base.artifact import Artifact
from models.base.columns import FILM, GENRES, OVERVIEW
from models.base.saved import Saved
from models.judging.appeal import Appeal
from models.judging.chosen import Chosen
from models.judging.film_index import FilmIndex
from models.judging.heard import Heard


@dataclass(eq=False)
class Judges(Saved):
    """The two judges, and the films that scripts are compared with."""

    name: ClassVar[str] = "judges"
    first: Appeal
    second: Appeal
    film_index: FilmIndex

    @classmethod
    def fit(cls, films: pd.DataFrame, chosen: Chosen, seed: int = 0, heard: Heard | None = None) -> Self:
        """Train two new judges on what films are about, how often they were chosen, and on readers' ratings.

        Scripts have halves as films do: none teaches both judges.

        Args:
            films: film_id, title, year, genres, overview, rating, gross: as known when `chosen` was counted.

        Raises:
            EmptyTraining: too few films of either half were taken up.
        """
        told = heard or Heard.nothing(len(chosen.segments))
        first = _train_on_half(Appeal(form="words", seed=seed), films, chosen, told, 0)
        second = _train_on_half(Appeal(form="stems", seed=seed + 1), films, chosen, told, 1)
        return cls(first, second, FilmIndex.of(films))

    def _write_files(self, files: Artifact) -> None:
        """Write both judges and the film index into the artifact's folder."""
        for part in fields(self):
            getattr(self, part.name).save(files.folder / part.name)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as new judges."""
        first, second, index = (files.folder / part.name for part in fields(cls))
        return cls(Appeal.load(first), Appeal.load(second), FilmIndex.load(index))


def half_of(films: pd.Index) -> np.ndarray:
    """0 or 1 for each film_id, or name of a script: the half it belongs to, by a hash of the id."""
    return np.array([zlib.crc32(f"half {film}".encode()) % 2 for film in films], dtype=np.int64)


def errors(judge: Appeal, films: pd.DataFrame, chosen: Chosen) -> pd.Series:
    """The mean absolute error of a judge over its segments, for each film, by film_id."""
    told = films.set_index(FILM).reindex(chosen.films)
    made = judge.predict([[text] for text in told[OVERVIEW].fillna("")], told[GENRES].tolist())
    columns = [chosen.segments.index(name) for name in judge.segments if name in chosen.segments]
    ours = [judge.segments.index(chosen.segments[column]) for column in columns]
    return pd.Series(np.abs(made.mean[:, ours] - chosen.liking()[:, columns]).mean(axis=1), chosen.films)


def blind_errors(chosen: Chosen) -> pd.Series:
    """Baseline: by film_id, the errors of predicting the mean of the first judge's training films."""
    liking, half = chosen.liking(), half_of(chosen.films)
    return pd.Series(np.abs(liking[half == 0].mean(axis=0) - liking).mean(axis=1), chosen.films)


def untaught(chosen: Chosen) -> Chosen:
    """A copy with only the films that the first judge is never trained on: it is measured on them."""
    kept = half_of(chosen.films) == 1
    return Chosen(chosen.films[kept], chosen.segments, chosen.taken[kept], chosen.expected[kept])


def _train_on_half(judge: Appeal, films: pd.DataFrame, chosen: Chosen, heard: Heard, half: int) -> Appeal:
    """Fit `judge`, and so change it, to the films and scripts of one half."""
    kept, scripts = half_of(chosen.films) == half, heard.of(half_of(heard.ids) == half)
    told = films.set_index(FILM).reindex(chosen.films[kept])
    texts, genres = told[OVERVIEW].fillna("").tolist(), told[GENRES].tolist()
    return judge.fit(texts, genres, chosen.liking()[kept], chosen.weight()[kept], chosen.segments, scripts)
