"""A recommender and the exploring policy as the serving app's decider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from models.base import columns
from models.recommenders.protocol import Recommender
from models.recommenders.variety import Variety
from pipelines.lake.histories import Cycle
from pipelines.platform.model_registry import Version
from pipelines.promotion.ab_test import Trial
from pipelines.recommending import policy
from pipelines.recommending.policy import Choice
from pipelines.recommending.reasons import because
from streaming.schema.events import Slate, SlateItem, derive_id
from streaming.serving.histories.viewer_history import NEWCOMER, Interaction, ViewerKnowledge
from streaming.serving.ranking.decider import Film, Similar, SlateRequest, UnknownContext, UnknownFilm, UnknownToModel

_GENRE = "genre:"
_SEEN = (0, 2.0, "finished")  # what somebody is taken to have done with one film, for what is similar to it
_REASONS = 2  # films that are named


@dataclass(frozen=True)
class Serving:
    """A version of the registry, loaded."""

    version: Version
    model: Recommender


@dataclass(frozen=True)
class RecommenderDecider:
    """Keeps `streaming.serving.ranking.decider.Decider`. Without a model all films are equal, as in a cycle."""

    serving: Serving | None
    films: Mapping[str, Film]
    cycle: Cycle
    diversity: float = 0.0  # where the wish does not say
    challenger: Serving | None = None
    trial: Trial | None = None

    @property
    def name(self) -> str | None:
        """`recommender/3`; None where no model serves yet."""
        return self.serving.version.name if self.serving else None

    def slate(self, wish: SlateRequest, known: ViewerKnowledge, now: int) -> Slate:
        """A slate, the same for the same wish, history, version and catalogue; `now` is only noted in it.

        Raises:
            UnknownContext: the context is not `genre:` and a genre of the catalogue.
        """
        seen = {entry.film_id for entry in known.interactions} | known.skipped
        pool = [film for film in self._in(wish.context) if film not in seen]
        dial = self.diversity if wish.diversity is None else wish.diversity
        serving = self._arm(wish.viewer_id)
        name = serving.version.name if serving else None
        scores = self._ranked(serving, known, wish.films, pool, dial)
        draw = derive_id("serve", wish.viewer_id, wish.films, wish.context, wish.period, dial, name, known.digest)
        rng = np.random.default_rng(int(draw, 16))
        others = [film for film in pool if film not in scores]
        choices = policy.explore(list(scores), others, rng) if scores else policy.uniform(others, wish.films, rng)
        reasons = self._reasons(serving, choices, known)
        items = [self._item(choice, scores, reason) for choice, reason in zip(choices, reasons, strict=True)]
        return Slate(
            event_id=derive_id("slate", draw, *(choice.film_id for choice in choices)),
            occurred_at=now,
            viewer_id=wish.viewer_id,
            cycle=self.cycle.number,
            policy=f"epsilon-greedy {policy.EPSILON}" if scores else "uniform",
            model=serving.version.member if serving else None,
            model_version=name,
            feature_version=self.cycle.feature_version,
            items=tuple(items),
        )

    def similar(self, film_id: str, n: int) -> Sequence[Similar]:
        """What the model shows to somebody who has seen this film and nothing else.

        Raises:
            UnknownFilm: the catalogue does not have it.
            UnknownToModel: the model does not: it would answer as to a newcomer.
        """
        if film_id not in self.films:
            raise UnknownFilm(f"no film of the catalogue has the id {film_id!r:.80}")
        if self.serving and not self._ranked(self.serving, NEWCOMER, 1, [film_id]):
            raise UnknownToModel(
                f"{self.films[film_id].title!r} was described after {self.name} was trained: ask again when a further "
                "cycle has been run"
            )
        pool = [film for film in self._in(None) if film != film_id]
        ranked = self._ranked(self.serving, ViewerKnowledge((Interaction(film_id, *_SEEN),)), n, pool)
        return [Similar(self.films[film], score) for film, score in ranked.items()]

    def tried(self) -> "RecommenderDecider":
        """Itself, having made two slates: a model that loads and cannot rank must not take over.

        Raises:
            Exception: whatever the model raises.
        """
        somebody = ViewerKnowledge((Interaction(next(iter(self.films)), *_SEEN),))
        for serving in filter(None, (self.serving, self.challenger)):
            alone = replace(self, serving=serving, challenger=None)
            for known in (NEWCOMER, somebody):
                alone.slate(SlateRequest("trial", 10, None, 0), known, 0)
        return self

    def _arm(self, viewer: str) -> Serving | None:
        """What serves, or what is on trial for this viewer."""
        return self.challenger if self.challenger and self.trial and self.trial.draws(viewer) else self.serving

    @cached_property
    def _out(self) -> dict[str, Film]:
        return {key: film for key, film in self.films.items() if film.out}

    @cached_property
    def _variety(self) -> Variety:
        facts = [(film.film_id, film.genres) for film in self.films.values()]
        return Variety.of(pd.DataFrame(facts, columns=[columns.FILM, columns.GENRES]), self.diversity)

    def _in(self, context: str | None) -> list[str]:
        """The films that may be shown in a context."""
        if context is None:
            return list(self._out)
        wanted = context.removeprefix(_GENRE).strip().lower() if context.startswith(_GENRE) else ""
        found = [key for key, film in self._out.items() if wanted in (genre.lower() for genre in film.genres)]
        if not found:
            genres = sorted({genre for film in self._out.values() for genre in film.genres})
            raise UnknownContext(
                f"the context is {context!r:.120}: send genre:NAME with one of {', '.join(genres) or 'none'}"
            )
        return found

    def _ranked(
        self, serving: Serving | None, known: ViewerKnowledge, n: int, films: Sequence[str], dial: float = 0.0
    ) -> dict[str, float]:
        """Films with scores, best first, varied as far as the dial says; none where no model serves."""
        if serving is None:
            return {}
        variety = replace(self._variety, dial=dial)
        listed = variety.recommend(serving.model, ["viewer"], _frame(known), n, films)
        return dict(zip(listed[columns.FILM], listed[columns.SCORE].astype(float), strict=True))

    def _item(self, choice: Choice, scores: Mapping[str, float], reason: str) -> SlateItem:
        return SlateItem(
            film_id=choice.film_id,
            position=choice.position,
            propensity=choice.propensity,
            score=scores.get(choice.film_id),
            reason=reason,
        )

    def _reasons(self, serving: Serving | None, choices: Sequence[Choice], known: ViewerKnowledge) -> list[str]:
        """Why each film is there, in the order of the choices."""
        if serving is None:
            return ["no model serves yet: all films are equal"] * len(choices)
        films = [choice.film_id for choice in choices]
        spoken = serving.model.explain_each(_frame(known), films, _REASONS)
        return [
            "explored: shown to learn whether it is liked" if choice.explored else self._because(serving, frame, known)
            for choice, frame in zip(choices, spoken, strict=True)
        ]

    def _because(self, serving: Serving, spoken: pd.DataFrame, known: ViewerKnowledge) -> str:
        deeds = {entry.film_id: entry.action for entry in known.interactions}
        if not spoken.empty:
            return because((deeds[film], self._title(film)) for film in spoken[columns.FILM])
        return f"ranked by {serving.version.member}" if known.interactions else "liked by many: you are new here"

    def _title(self, film_id: str) -> str:
        film = self.films.get(film_id)
        return film.title if film else film_id


def _frame(known: ViewerKnowledge) -> pd.DataFrame:
    """A history as `columns.INTERACTIONS`."""
    films, moments, strengths, _ = zip(*known.interactions, strict=True) if known.interactions else ((), (), (), ())
    return pd.DataFrame(
        {
            columns.VIEWER: np.full(len(films), "viewer", dtype=object),
            columns.FILM: np.array(films, dtype=object),
            columns.AT: np.array(moments, dtype=np.int64),
            columns.STRENGTH: np.array(strengths, dtype=np.float64),
        }
    )
