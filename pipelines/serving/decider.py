"""A recommender and the exploring policy as the serving app's decider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models import columns
from models.recommenders.protocol import Recommender
from pipelines import policy
from pipelines.policy import Choice
from pipelines.registry import Version
from pipelines.serving.lake import Cycle
from streaming.events import Slate, SlateItem, derive_id
from streaming.serving.deciding import Film, Similar, UnknownContext, UnknownFilm, Wish
from streaming.serving.history import NEWCOMER, Interaction, Known

_GENRE = "genre:"
_STRENGTH = 2.0  # of the one film that somebody is taken to have seen, for what is similar: watched to its end
_REASONS = 2  # films that are named


@dataclass(frozen=True)
class Serving:
    """A version of the registry, loaded."""

    version: Version
    model: Recommender


@dataclass(frozen=True)
class RecommenderDecider:
    """Keeps `streaming.serving.deciding.Decider`. Without a model all films are equal, as in a cycle."""

    serving: Serving | None
    films: Mapping[str, Film]
    cycle: Cycle

    @property
    def name(self) -> str | None:
        """`recommender/3`; None where no model serves yet."""
        return self.serving.version.name if self.serving else None

    def slate(self, wish: Wish, known: Known, now: int) -> Slate:
        """A slate, the same for the same wish, history, version and catalogue; `now` is only noted in it.

        Raises:
            UnknownContext: the context is not `genre:` and a genre of the catalogue.
        """
        seen = {entry.film_id for entry in known.interactions} | known.skipped
        pool = [film for film in self._in(wish.context) if film not in seen]
        scores = self._ranked(known, wish.films, pool)
        draw = derive_id("serve", wish.viewer_id, wish.films, wish.context, wish.period, self.name, known.mark)
        rng = np.random.default_rng(int(draw, 16))
        others = [film for film in pool if film not in scores]
        choices = policy.explore(list(scores), others, rng) if scores else policy.uniform(others, wish.films, rng)
        reasons = self._reasons(choices, known)
        items = [self._item(choice, scores, reason) for choice, reason in zip(choices, reasons, strict=True)]
        return Slate(
            event_id=derive_id("slate", draw, *(choice.film_id for choice in choices)),
            occurred_at=now,
            viewer_id=wish.viewer_id,
            cycle=self.cycle.number,
            policy=f"epsilon-greedy {policy.EPSILON}" if scores else "uniform",
            model=self.serving.version.member if self.serving else None,
            model_version=self.name,
            feature_version=self.cycle.feature_version,
            items=tuple(items),
        )

    def similar(self, film_id: str, n: int) -> Sequence[Similar]:
        """What the model shows to somebody who has seen this film and nothing else.

        Raises:
            UnknownFilm: the catalogue does not have it.
        """
        if film_id not in self.films:
            raise UnknownFilm(f"no film of the catalogue has the id {film_id!r:.80}")
        pool = [film for film in self.films if film != film_id]
        ranked = self._ranked(Known((Interaction(film_id, 0, _STRENGTH),)), n, pool)
        return [Similar(self.films[film], score) for film, score in ranked.items()]

    def tried(self) -> "RecommenderDecider":
        """Itself, having made two slates: a model that loads and cannot rank must not take over.

        Raises:
            Exception: whatever the model raises.
        """
        wish = Wish("trial", 10, None, 0)
        self.slate(wish, NEWCOMER, 0)
        self.slate(wish, Known((Interaction(next(iter(self.films)), 0, _STRENGTH),)), 0)
        return self

    def _in(self, context: str | None) -> list[str]:
        """The films that may be shown in a context."""
        if context is None:
            return list(self.films)
        wanted = context.removeprefix(_GENRE).strip().lower() if context.startswith(_GENRE) else ""
        found = [key for key, film in self.films.items() if wanted in (genre.lower() for genre in film.genres)]
        if not found:
            genres = sorted({genre for film in self.films.values() for genre in film.genres})
            raise UnknownContext(
                f"the context is {context!r:.120}: send genre:NAME with one of {', '.join(genres) or 'none'}"
            )
        return found

    def _ranked(self, known: Known, n: int, films: Sequence[str]) -> dict[str, float]:
        """Films with scores, best first; none where no model serves."""
        if self.serving is None:
            return {}
        listed = self.serving.model.recommend(["viewer"], _frame(known), n, films)
        return dict(zip(listed[columns.FILM], listed[columns.SCORE].astype(float), strict=True))

    def _item(self, choice: Choice, scores: Mapping[str, float], reason: str) -> SlateItem:
        return SlateItem(
            film_id=choice.film_id,
            position=choice.position,
            propensity=choice.propensity,
            score=scores.get(choice.film_id),
            reason=reason,
        )

    def _reasons(self, choices: Sequence[Choice], known: Known) -> list[str]:
        """Why each film is there, in the order of the choices."""
        if self.serving is None:
            return ["no model serves yet: all films are equal"] * len(choices)
        films = [choice.film_id for choice in choices]
        spoken = self.serving.model.explain_each(_frame(known), films, _REASONS)
        return [
            "explored: shown to learn whether it is liked" if choice.explored else self._because(frame, known)
            for choice, frame in zip(choices, spoken, strict=True)
        ]

    def _because(self, spoken: pd.DataFrame, known: Known) -> str:
        films = spoken[columns.FILM].tolist()
        if films:
            return f"because of {', '.join(map(self._title, films))}"
        member = self.serving.version.member if self.serving else None
        return f"ranked by {member}" if known.interactions else "liked by many: you are new here"

    def _title(self, film_id: str) -> str:
        film = self.films.get(film_id)
        return film.title if film else film_id


def _frame(known: Known) -> pd.DataFrame:
    """A history as `columns.INTERACTIONS`."""
    films, moments, strengths = zip(*known.interactions, strict=True) if known.interactions else ((), (), ())
    return pd.DataFrame(
        {
            columns.VIEWER: np.full(len(films), "viewer", dtype=object),
            columns.FILM: np.array(films, dtype=object),
            columns.AT: np.array(moments, dtype=np.int64),
            columns.STRENGTH: np.array(strengths, dtype=np.float64),
        }
    )
