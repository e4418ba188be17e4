"""Slates, made in one way for a cycle and for the serving app; and as rows of their table in the lake."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from jobs import decisions
from models.base import columns
from models.recommenders.protocol import Recommender
from models.recommenders.variety import Variety
from pipelines.lake.outbox import Outbox, gathered
from pipelines.platform.model_registry import Version
from pipelines.recommending import policy
from pipelines.recommending.reasons import reasons
from streaming.schema.events import Slate, SlateItem, derive_id
from streaming.serving.histories.viewer_history import ViewerKnowledge
from streaming.serving.ranking.decider import SlateRequest

SLATE_SIZE = 10


@dataclass(frozen=True)
class ServedModel:
    """A version of the registry, loaded."""

    version: Version
    model: Recommender


@dataclass(frozen=True)
class Occasion:
    """What is noted in each slate that is made at one time."""

    cycle: int
    feature_version: int | None
    occurred_at: int  # UTC milliseconds


def shortlists(
    model: Recommender,
    variety: Variety,
    viewers: Sequence[str],
    history: pd.DataFrame,
    skipped: Mapping[str, frozenset[str]],
    n: int,
    films: Sequence[str],
) -> pd.DataFrame:
    """Each viewer's best `n` of `films`, varied as far as the dial says: `columns.RECOMMENDATIONS`.

    Neither films of a viewer's history nor those that the viewer skipped are in the list. Who skipped many is asked for
    apart: others need no lists as deep as theirs.
    """

    def by_skips(viewer: str) -> int:
        """The group of a viewer: how many films they skipped, in powers of two."""
        return len(skipped.get(viewer, ())).bit_length()

    parts, depth = [], variety.depth(n)
    for bits, some in groupby(sorted(viewers, key=by_skips), by_skips):
        listed = model.recommend(list(some), history, depth + 2**bits - 1, films)
        parts.append(_unskipped(listed, skipped, depth))
    if not parts:
        return pd.DataFrame(columns=list(columns.RECOMMENDATIONS))
    listed = pd.concat(parts, ignore_index=True)
    if len(parts) > 1:
        place = pd.Index(list(viewers)).get_indexer(pd.Index(listed[columns.VIEWER]))
        listed = listed.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    return variety.rerank(listed, n)


def _unskipped(listed: pd.DataFrame, skipped: Mapping[str, frozenset[str]], n: int) -> pd.DataFrame:
    """The lists without the films that their viewer skipped, ranks closed up, at most `n` a viewer."""
    pairs = zip(listed[columns.VIEWER], listed[columns.FILM], strict=True)
    kept = listed[np.array([film not in skipped.get(viewer, ()) for viewer, film in pairs], dtype=bool)]
    ranked = kept.assign(**{columns.RANK: kept.groupby(columns.VIEWER, sort=False).cumcount() + 1})
    return ranked[ranked[columns.RANK] <= n].reset_index(drop=True)


def slate(
    wish: SlateRequest,
    known: ViewerKnowledge,
    scores: Mapping[str, float],
    films: Sequence[str],
    titles: Mapping[str, str],
    served: ServedModel | None,
    occasion: Occasion,
) -> Slate:
    """One viewer's slate: the shortlist, with some places given to other films, and a reason for each.

    The same wish with the same history, version and films gives the same slate under the same id, whoever makes it.

    Args:
        wish: with its diversity.
        known: the viewer's history.
        scores: the films of the viewer's shortlist with their scores, best first; none while no model serves.
        films: all that may be shown, of which those of the history and those skipped are not.
        titles: film_id → title.
        served: the version that ranked the shortlist.
    """
    taken = {entry.film_id for entry in known.interactions} | known.skipped | scores.keys()
    others = [film for film in films if film not in taken]
    name = served.version.name if served else None
    asked = (wish.viewer_id, wish.films, wish.context, wish.period, wish.diversity)
    draw = derive_id("draw", *asked, name, known.digest)
    rng = np.random.default_rng(int(draw, 16))
    choices = policy.explore(list(scores), others, rng) if scores else policy.uniform(others, wish.films, rng)
    why = reasons(served.model if served else None, choices, known, titles)
    return Slate(
        event_id=derive_id("slate", draw, *(choice.film_id for choice in choices)),
        occurred_at=occasion.occurred_at,
        viewer_id=wish.viewer_id,
        cycle=occasion.cycle,
        policy=f"epsilon-greedy {policy.EPSILON}" if scores else "uniform",
        model=served.version.member if served else None,
        model_version=name,
        feature_version=occasion.feature_version,
        items=tuple(
            SlateItem(
                film_id=choice.film_id,
                position=choice.position,
                propensity=choice.propensity,
                score=scores.get(choice.film_id),
                reason=reason,
            )
            for choice, reason in zip(choices, why, strict=True)
        ),
    )


def slate_rows(made: Iterable[Slate]) -> pd.DataFrame:
    """Slates → `decisions/recommendations`, a row a slate and film."""
    rows = [
        {**slate.model_dump(exclude={"items", "event_id"}), "slate_id": slate.event_id, **item.model_dump()}
        for slate in made
        for item in slate.items
    ]
    return pd.DataFrame(rows)


def _written_slates(rows: pd.DataFrame) -> list[Slate]:
    """Rows of `decisions/recommendations` back into slates, one a viewer: the inverse of `slate_rows`."""
    ordered = rows.sort_values(["viewer_id", "slate_id", "position"])
    return gathered(Slate, ordered, "slate_id", "items", SlateItem)


SLATES = Outbox(decisions.RECOMMENDATIONS, slate_rows, _written_slates)
