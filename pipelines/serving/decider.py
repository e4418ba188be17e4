"""A recommender and the exploring policy as the serving app's decider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from models.base import columns
from models.recommenders.variety import Variety
from pipelines.lake import sequences
from pipelines.lake.catalogue import Catalogue
from pipelines.lake.histories import FinishedCycle
from pipelines.promotion.ab_test import ABTest
from pipelines.recommending import slates
from pipelines.recommending.slates import Occasion, ServedModel
from streaming.schema.events import Slate
from streaming.serving.histories.viewer_history import NEWCOMER, Interaction, ViewerKnowledge
from streaming.serving.http.problem_details import Problem
from streaming.serving.ranking.decider import Film, Similar, SlateRequest

_GENRE = "genre:"
_SEEN = (0, 2.0, "finished")  # what somebody is taken to have done with one film, for what is similar to it


@dataclass(frozen=True)
class RecommenderDecider:
    """Keeps `streaming.serving.ranking.decider.Decider`. Without a model all films are equal, as in a cycle."""

    serving: ServedModel | None
    catalogue: Catalogue
    cycle: FinishedCycle
    diversity: float = 0.0  # where the wish does not say
    challenger: ServedModel | None = None
    trial: ABTest | None = None

    @property
    def films(self) -> Mapping[str, Film]:
        """All films of the catalogue by film_id."""
        return self.catalogue.films

    @property
    def name(self) -> str | None:
        """`recommender/3`; None where no model serves yet."""
        return self.serving.version.name if self.serving else None

    def slate(self, wish: SlateRequest, known: ViewerKnowledge, now: int) -> Slate:
        """A slate, the same for the same wish, history, version and catalogue; `now` is only noted in it.

        Raises:
            Problem: the context is not `genre:` and a genre of the catalogue.
        """
        dial = self.diversity if wish.diversity is None else wish.diversity
        films, served = self._films_in(wish.context), self._serving_or_challenger(wish.viewer_id)
        scores = self._rank(served, known, wish.films, films, dial)
        occasion = Occasion(self.cycle.number, self.cycle.feature_version, now)
        titles = self.catalogue.titles
        return slates.slate(replace(wish, diversity=dial), known, scores, films, titles, served, occasion)

    def similar(self, film_id: str, n: int) -> Sequence[Similar]:
        """What the model shows to somebody who has seen this film and nothing else.

        Raises:
            Problem: the catalogue does not have it, or the model, which would answer as to a newcomer.
        """
        if film_id not in self.films:
            raise Problem("not-found", f"no film of the catalogue has the id {film_id!r:.80}")
        if self.serving and not self._rank(self.serving, NEWCOMER, 1, [film_id]):
            raise Problem(
                "unlearned",
                f"{self.films[film_id].title!r} was described after {self.name} was trained: ask again when a further "
                "cycle has been run",
            )
        pool = [film for film in self._films_in(None) if film != film_id]
        ranked = self._rank(self.serving, ViewerKnowledge((Interaction(film_id, *_SEEN),)), n, pool)
        return [Similar(self.films[film], score) for film, score in ranked.items()]

    def tried(self) -> "RecommenderDecider":
        """Itself, after two trial slates: a model that loads and cannot rank must not take over.

        Raises:
            Exception: whatever the model raises.
        """
        somebody = ViewerKnowledge((Interaction(next(iter(self.films)), *_SEEN),))
        for serving in filter(None, (self.serving, self.challenger)):
            alone = replace(self, serving=serving, challenger=None)
            for known in (NEWCOMER, somebody):
                alone.slate(SlateRequest("trial", 10, None, 0), known, 0)
        return self

    def _serving_or_challenger(self, viewer: str) -> ServedModel | None:
        """What serves, or what is on trial for this viewer."""
        return self.challenger if self.challenger and self.trial and self.trial.draws(viewer) else self.serving

    @cached_property
    def _variety(self) -> Variety:
        """What varies slates over the catalogue's films, made at the first use."""
        return Variety.of(self.catalogue.described, self.diversity)

    def _films_in(self, context: str | None) -> list[str]:
        """The films that may be shown in a context."""
        if context is None:
            return self.catalogue.out
        wanted = context.removeprefix(_GENRE).strip().lower() if context.startswith(_GENRE) else ""
        found = [key for key in self.catalogue.out if wanted in (genre.lower() for genre in self.films[key].genres)]
        if not found:
            genres = sorted({genre for key in self.catalogue.out for genre in self.films[key].genres})
            detail = f"the context is {context!r:.120}: send genre:NAME with one of {', '.join(genres) or 'none'}"
            raise Problem("invalid", detail)
        return found

    def _rank(
        self, served: ServedModel | None, known: ViewerKnowledge, n: int, films: Sequence[str], dial: float = 0.0
    ) -> dict[str, float]:
        """Films with scores, best first, varied as far as the dial says; none where no model serves."""
        if served is None:
            return {}
        variety, skipped = replace(self._variety, dial=dial), {"viewer": known.skipped}
        listed = slates.shortlists(served.model, variety, ["viewer"], sequences.of_one(known), skipped, n, films)
        return dict(zip(listed[columns.FILM], listed[columns.SCORE].astype(float), strict=True))
