"""Slates in a world whose truth is known: an exploring policy shows them, places are looked at, films are clicked."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.evaluation.off_policy.log import FILM, LOGGED, POSITION, SLATE, Target
from pipelines.recommending.policy import EPSILON, explore
from pipelines.recommending.slates import SLATE_SIZE
from streaming.audience.slate_frames import examination
from streaming.audience.week_state import WeekState
from streaming.audience.world import World

LOOKED = examination(np.arange(1, SLATE_SIZE + 1))

_Ranking = npt.NDArray[np.int64]  # (viewers, places): films by their number


@dataclass(frozen=True)
class ClickWorld:
    """How probably each viewer clicks on each film that is looked at, (viewers, films)."""

    attraction: npt.NDArray[np.float64]

    @classmethod
    def of_audience(cls, viewers: int, films: int, seed: int) -> "ClickWorld":
        """A world with the hidden tastes of the simulated audience in its first week; simulated in memory."""
        return cls(WeekState(World(seed, viewers, films), 1, {}, str).attraction)

    def ranking(self, noise: float, seed: int) -> _Ranking:
        """For each viewer the films of greatest attraction, seen through normal noise drawn by `seed`."""
        draw = np.random.default_rng(seed)
        seen = np.log(np.maximum(self.attraction, 1e-9)) + draw.normal(size=self.attraction.shape) * noise
        return np.argsort(-seen, axis=1)[:, :SLATE_SIZE]

    def value(self, ranking: _Ranking) -> float:
        """Expected clicks a slate of the exploring policy over this ranking: the truth."""
        kept = np.take_along_axis(self.attraction, ranking, axis=1)
        pool = (self.attraction.sum(axis=1) - kept.sum(axis=1)) / (self.attraction.shape[1] - SLATE_SIZE)
        return float((((1 - EPSILON) * kept + EPSILON * pool[:, None]) * LOOKED).sum(axis=1).mean())

    def logged(self, ranking: _Ranking, seed: int) -> pd.DataFrame:
        """Simulate slates of the exploring policy, one a viewer, and what was clicked: a frame of columns LOGGED."""
        draw, names = np.random.default_rng(seed), [f"f{n}" for n in range(self.attraction.shape[1])]
        rows = []
        for viewer, films in enumerate(ranking):
            chosen = set(films)
            pool = [names[film] for film in range(len(names)) if film not in chosen]
            for choice in explore([names[film] for film in films], pool, draw):
                film = int(choice.film_id[1:])
                clicked = draw.random() < self.attraction[viewer, film] * LOOKED[choice.position - 1]
                row = (f"s{viewer}", f"v{viewer}", choice.film_id, choice.position, choice.propensity)
                rows.append((*row, float(clicked), not choice.explored))
        return pd.DataFrame(rows, columns=list(LOGGED))

    def target(self, ranking: _Ranking) -> Target:
        """The exploring policy over a ranking, in the form that off-policy estimators take."""
        viewers, places = np.indices(ranking.shape)
        ranked = pd.DataFrame(
            {
                SLATE: [f"s{viewer}" for viewer in viewers.ravel()],
                FILM: [f"f{film}" for film in ranking.ravel()],
                POSITION: places.ravel() + 1,
            }
        )
        pool = pd.Series(self.attraction.shape[1] - SLATE_SIZE, index=[f"s{n}" for n in range(len(ranking))])
        return Target(ranked, pool, EPSILON)
