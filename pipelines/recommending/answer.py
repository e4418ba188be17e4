"""What a person may ask: a viewer's newest slate and the reasons for it, and what is known of a viewer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base import columns
from pipelines.lake import delta, sequences
from pipelines.lake.sequences import Sequences
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere

_TASTES, _LAST_FILMS = 6, 8


@dataclass(frozen=True)
class ShownSlate:
    """The newest slate of a viewer: its facts, and a row a film with the reason that was given with it."""

    facts: dict[str, Any]
    films: list[dict[str, Any]]


@dataclass(frozen=True)
class ViewerAnswer:
    """What is known of a viewer: counts and times, the strongest tastes, and the films taken up last."""

    facts: dict[str, Any]
    tastes: list[dict[str, Any]]
    films: list[dict[str, Any]]


def viewer(context: Context, pseudonym: str) -> ViewerAnswer:
    """Read from the lake the profile of a viewer (by pseudonym, or its beginning), as of the last cycle.

    Raises:
        NothingThere: no viewer, or more than one, has a pseudonym that begins so.
    """
    facts = delta.records(_beginning(context, ("features/viewer",), "viewer_id", pseudonym))[0]
    return ViewerAnswer(
        {name: delta.plain(value) for name, value in facts.items()},
        _strongest(_of_viewer(context, "features/viewer_taste", facts["viewer_id"])),
        _last_films(
            _of_viewer(context, sequences.TABLE, facts["viewer_id"]),
            delta.film_titles(context.state.lake),
        ),
    )


def slate(context: Context, viewer: str) -> ShownSlate:
    """Read from the lake a viewer's newest slate (by pseudonym, or its beginning), of a cycle or served one by one.

    A served slate is in the lake once a cycle has collected it.

    Raises:
        NothingThere: no viewer, or more than one, has a pseudonym that begins so.
    """
    both = _beginning(context, (decisions.RECOMMENDATIONS, decisions.SERVED), "viewer_id", viewer)
    newest = both.sort_values("occurred_at", kind="stable").iloc[-1]
    rows = both[both["slate_id"] == newest["slate_id"]].sort_values("position")
    titles = delta.film_titles(context.state.lake)
    named = ("slate_id", "viewer_id", "cycle", "policy", "model", "model_version")
    facts = {name: delta.plain(rows.iloc[0][name]) for name in named}
    shown = ["position", "film_id", "title", "propensity", "score", "reason"]
    films = rows.assign(title=rows["film_id"].map(titles).fillna("?"))
    return ShownSlate(facts, delta.records(films[shown]))


def _beginning(context: Context, names: Sequence[str], key: str, value: str) -> pd.DataFrame:
    """Read from these tables the rows of the one thing whose `key` is, or begins as, `value`; raises NothingThere."""
    where = pc.starts_with(pc.field(key), pattern=value)
    found = [delta.read(context.state.lake, name, where=where) for name in names]
    rows = [part for part in found if part is not None and not part.empty]
    if not rows:
        raise NothingThere(f"there is no {key} {value!r} in {context.state.lake / names[0]}: `cineloop run --once`")
    both = pd.concat(rows, ignore_index=True)
    several = both[key].unique()
    if value in several:
        return both[both[key] == value].reset_index(drop=True)
    if len(several) > 1:
        some = ", ".join(sorted(several)[:5])
        raise NothingThere(f"{key} {value!r} begins {len(several)} ids, such as {some}: name one")
    return both


def _of_viewer(context: Context, table: str, viewer: str) -> pd.DataFrame:
    """Read the viewer's rows of a lake table; empty where it has none, or has not been written."""
    rows = delta.read(context.state.lake, table, where=pc.field("viewer_id") == viewer)
    return pd.DataFrame() if rows is None else rows


def _strongest(tastes: pd.DataFrame) -> list[dict[str, Any]]:
    """The few strongest tastes of each facet, by share."""
    if tastes.empty:
        return []
    ordered = tastes.sort_values(["facet", "share", "value"], ascending=[True, False, True])
    first = ordered.groupby("facet").head(_TASTES)
    return delta.records(first[["facet", "value", "films", "lately", "share", "share_of_all"]])


def _last_films(rows: pd.DataFrame, titles: dict[str, str]) -> list[dict[str, Any]]:
    """The films taken up last, the newest first, from a viewer's rows of `features/interaction_sequence`."""
    if rows.empty:
        return []
    last = Sequences.of(rows).interactions[::-1].head(_LAST_FILMS)
    return [
        {"title": titles.get(row[columns.FILM], "?"), **row}
        for row in delta.records(last[[columns.FILM, columns.AT, columns.STRENGTH]])
    ]
