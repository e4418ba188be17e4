"""A small world whose truth is known: viewers look at places and click by taste, and policies rank for them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.off_policy import Target
from pipelines.policy import explore
from streaming.audience.scene import Scene
from streaming.audience.showing import examination
from streaming.audience.world import World

SLATE_SIZE, EPSILON = 10, 0.1


@dataclass(frozen=True)
class ClickWorld:
    """Attraction (viewers, films) and how probably each place is looked at."""

    attraction: npt.NDArray[np.float64]
    looked: npt.NDArray[np.float64]

    @classmethod
    def made(cls, viewers: int, films: int, seed: int) -> "ClickWorld":
        """Tastes of two dimensions."""
        draw = np.random.default_rng(seed)
        logit = -2.5 + draw.normal(size=(viewers, 2)) @ draw.normal(size=(2, films)) + draw.normal(size=films) * 0.5
        return cls(1 / (1 + np.exp(-logit)), examination(np.arange(1, SLATE_SIZE + 1)))

    @classmethod
    def of_audience(cls, viewers: int, films: int, seed: int) -> "ClickWorld":
        """The simulated audience in its first week, when it has seen nothing: its hidden tastes, and how it looks."""
        scene = Scene(World(seed, viewers, films), 1, {}, str)
        return cls(scene.attraction, examination(np.arange(1, SLATE_SIZE + 1)))

    def ranking(self, noise: float, seed: int) -> npt.NDArray[np.int64]:
        """For each viewer the first films by attraction seen through noise: (viewers, places)."""
        draw = np.random.default_rng(seed)
        seen = np.log(np.maximum(self.attraction, 1e-9)) + draw.normal(size=self.attraction.shape) * noise
        return np.argsort(-seen, axis=1)[:, :SLATE_SIZE]

    def value(self, ranking: npt.NDArray[np.int64]) -> float:
        """Expected clicks a slate of the exploring policy over this ranking: the truth."""
        kept = np.take_along_axis(self.attraction, ranking, axis=1)
        pool = (self.attraction.sum(axis=1) - kept.sum(axis=1)) / (self.attraction.shape[1] - SLATE_SIZE)
        return float((((1 - EPSILON) * kept + EPSILON * pool[:, None]) * self.looked).sum(axis=1).mean())

    def logged(self, ranking: npt.NDArray[np.int64], seed: int) -> pd.DataFrame:
        """Slates of the exploring policy, a viewer each, and what was clicked."""
        draw, names = np.random.default_rng(seed), [f"f{n}" for n in range(self.attraction.shape[1])]
        rows = []
        for viewer, films in enumerate(ranking):
            chosen = set(films)
            pool = [names[film] for film in range(len(names)) if film not in chosen]
            for choice in explore([names[film] for film in films], pool, draw, EPSILON):
                film = int(choice.film_id[1:])
                clicked = draw.random() < self.attraction[viewer, film] * self.looked[choice.position - 1]
                row = (f"s{viewer}", f"v{viewer}", choice.film_id, choice.position, choice.propensity)
                rows.append((*row, float(clicked), not choice.explored))
        return pd.DataFrame(
            rows, columns=["slate_id", "viewer_id", "film_id", "position", "propensity", "reward", "ranked"]
        )

    def target(self, ranking: npt.NDArray[np.int64]) -> Target:
        """The exploring policy over a ranking, as it is evaluated."""
        viewers, places = np.indices(ranking.shape)
        ranked = pd.DataFrame(
            {
                "slate_id": [f"s{viewer}" for viewer in viewers.ravel()],
                "film_id": [f"f{film}" for film in ranking.ravel()],
                "position": places.ravel() + 1,
            }
        )
        pool = pd.Series(self.attraction.shape[1] - SLATE_SIZE, index=[f"s{n}" for n in range(len(ranking))])
        return Target(ranked, pool, EPSILON)
