"""Slates as events, and as rows of their outbox in the lake."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from jobs import decisions
from pipelines.lake.outbox import Outbox, gathered
from pipelines.platform import set_aside
from pipelines.recommending.policy import Choice, explore, uniform
from streaming.schema.events import Slate, SlateItem, derive_id

SLATE_SIZE = 10


def slates(
    ranked: Mapping[str, Sequence[tuple[str, float]]],
    pool: Sequence[str],
    seen: Mapping[str, frozenset[str]],
    decision: Mapping[str, Any],
) -> tuple[list[Slate], dict[str, str]]:
    """A slate for each viewer; and the viewers for whom there can be none, and why.

    Args:
        ranked: viewer → films with scores, best first; empty while no model serves.
        pool: all films that may be shown.
        seen: viewer → films not to show again.
        decision: cycle, occurred_at, policy, model, model_version, feature_version of all slates.
    """
    return set_aside.each(
        ranked,
        lambda viewer: viewer,
        lambda viewer: _slate(viewer, ranked[viewer], pool, seen.get(viewer, frozenset()), decision),
    )


def _slate(
    viewer: str,
    ranked: Sequence[tuple[str, float]],
    pool: Sequence[str],
    seen: frozenset[str],
    decision: Mapping[str, Any],
) -> Slate:
    scores = dict(ranked)
    taken = seen.union(scores)
    others = [film for film in pool if film not in taken]
    rng = _chance(viewer, decision["cycle"])
    choices = explore(list(scores), others, rng) if scores else uniform(others, SLATE_SIZE, rng)
    items = tuple(_item(choice, scores, decision["model"]) for choice in choices)
    identity = derive_id("slate", viewer, decision["cycle"], *(choice.film_id for choice in choices))
    return Slate(event_id=identity, viewer_id=viewer, items=items, **decision)


def _item(choice: Choice, scores: Mapping[str, float], model: str | None) -> SlateItem:
    score = scores.get(choice.film_id)
    if model is None:
        reason = "no model serves yet: all films are equal"
    elif choice.explored:
        reason = "explored: shown to learn whether it is liked"
    else:
        reason = f"ranked by {model}"
    return SlateItem(
        film_id=choice.film_id,
        position=choice.position,
        propensity=choice.propensity,
        score=score,
        reason=reason,
    )


def _chance(viewer: str, cycle: int) -> np.random.Generator:
    """A generator of its own for each viewer and cycle: a repeated cycle draws the same slates."""
    return np.random.default_rng(int(derive_id("policy", viewer, cycle), 16))


def slate_rows(made: Iterable[Slate]) -> pd.DataFrame:
    """Slates → `decisions/recommendations`, a row a slate and film."""
    rows = [
        {**slate.model_dump(exclude={"items", "event_id"}), "slate_id": slate.event_id, **item.model_dump()}
        for slate in made
        for item in slate.items
    ]
    return pd.DataFrame(rows)


def _written_slates(rows: pd.DataFrame) -> list[Slate]:
    """The inverse of `slate_rows`, by viewer."""
    ordered = rows.sort_values(["viewer_id", "slate_id", "position"])
    return gathered(Slate, ordered, "slate_id", "items", SlateItem)


SLATES = Outbox(decisions.RECOMMENDATIONS, slate_rows, _written_slates)
