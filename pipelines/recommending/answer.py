"""What a person may ask of the decisions: a viewer's slate and why, a film's forecast and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base import columns
from models.recommenders import load_recommender
from pipelines.lake import delta, frames
from pipelines.lake.histories import SILVER, in_milliseconds
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.recommending.reasons import because
from streaming.serving.histories.lake_histories import COLUMNS, LakeHistories

_TASTES, _LAST_FILMS = 6, 8


@dataclass(frozen=True)
class SlateAnswer:
    """The newest slate of a viewer: its facts, and a row a film with what of the viewer's own speaks for it."""

    facts: dict[str, Any]
    films: list[dict[str, Any]]


@dataclass(frozen=True)
class ViewerAnswer:
    """What is known of a viewer: counts and times, the strongest tastes, and the films taken up last."""

    facts: dict[str, Any]
    tastes: list[dict[str, Any]]
    films: list[dict[str, Any]]


def viewer(context: Context, pseudonym: str) -> ViewerAnswer:
    """The profile of a viewer (by pseudonym, or its beginning), as of the last cycle.

    Raises:
        NothingThere: no viewer, or more than one, has a pseudonym that begins so.
    """
    facts = delta.records(_beginning(context, ("features/viewer",), "viewer_id", pseudonym))[0]
    return ViewerAnswer(
        {name: delta.plain(value) for name, value in facts.items()},
        _strongest(_of_viewer(context, "features/viewer_taste", facts["viewer_id"])),
        _last_films(
            _of_viewer(context, "features/interaction_sequence", facts["viewer_id"]),
            delta.film_titles(context.state.lake),
        ),
    )


def slate(context: Context, viewer: str) -> SlateAnswer:
    """The newest slate of a viewer (by pseudonym, or its beginning), of a cycle or served one by one.

    A served slate is in the lake once a cycle has collected it; its reasons are those that were given with it.

    Raises:
        NothingThere: no viewer, or more than one, has a pseudonym that begins so.
    """
    both = _beginning(context, (decisions.RECOMMENDATIONS, decisions.SERVED), "viewer_id", viewer)
    newest = both.sort_values("occurred_at", kind="stable").iloc[-1]
    rows = both[both["slate_id"] == newest["slate_id"]].sort_values("position")
    titles = delta.film_titles(context.state.lake)
    first = rows.iloc[0]
    facts = {name: first[name] for name in ("slate_id", "viewer_id", "cycle", "policy", "model", "model_version")}
    served = pd.notna(first.get("collected_in"))
    because = {} if served else _because(context, first, list(rows["film_id"]), titles)
    films = [
        {
            "position": row["position"],
            "film_id": row["film_id"],
            "title": titles.get(row["film_id"], "?"),
            "propensity": row["propensity"],
            "score": row["score"],
            "reason": row["reason"] if row["score"] is None else because.get(row["film_id"]) or row["reason"],
        }
        for row in delta.records(rows)
    ]
    return SlateAnswer({name: delta.plain(value) for name, value in facts.items()}, films)


def _beginning(context: Context, names: Sequence[str], key: str, value: str) -> pd.DataFrame:
    """The rows, in tables of these names, of the one thing whose id it is, or else whose id begins so.

    Raises:
        NothingThere: there is none, or more than one.
    """
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
    """The viewer's rows of a table; none where it has none, or has not been written."""
    rows = delta.read(context.state.lake, table, where=pc.field("viewer_id") == viewer)
    return pd.DataFrame() if rows is None else rows


def _strongest(tastes: pd.DataFrame) -> list[dict[str, Any]]:
    """The first few of each facet, by share."""
    if tastes.empty:
        return []
    ordered = tastes.sort_values(["facet", "share", "value"], ascending=[True, False, True])
    first = ordered.groupby("facet").head(_TASTES)
    return delta.records(first[["facet", "value", "films", "lately", "share", "share_of_all"]])


def _last_films(sequences: pd.DataFrame, titles: dict[str, str]) -> list[dict[str, Any]]:
    """The films taken up last, the newest first."""
    if sequences.empty:
        return []
    last = frames.unrolled(sequences).sort_values([columns.AT, columns.FILM], ascending=False).head(_LAST_FILMS)
    rows = delta.records(last[[columns.FILM, columns.AT, columns.STRENGTH]])
    return [{"title": titles.get(row[columns.FILM], "?"), **row} for row in rows]


def _because(context: Context, first: pd.Series, films: list[str], titles: dict[str, str]) -> dict[str, str]:
    """Film → what the viewer did with the films of the own history that the model itself says speak most for it."""
    if first["model_version"] is None:
        return {}
    sequences = _of_viewer(context, "features/interaction_sequence", first["viewer_id"])
    if sequences.empty:
        return {}
    history, deeds = frames.unrolled(sequences), _deeds(context, first["viewer_id"], first["occurred_at"])
    family, number = first["model_version"].split("/")
    model = context.registry.load(context.registry.version(family, int(number)), load_recommender)
    spoken = zip(films, model.explain_each(history, films), strict=True)
    return {film: _sentence(frame, deeds, titles) for film, frame in spoken}


def _deeds(context: Context, viewer: str, until: int) -> dict[str, str]:
    """Film → what the viewer had done with it by a moment (UTC milliseconds)."""
    events = in_milliseconds(_of_viewer(context, SILVER, viewer))
    known = events[events["occurred_at"] <= until]
    ends = known.groupby("partition")["offset"].max() + 1
    history = LakeHistories.of(known[list(COLUMNS)], dict(zip(ends.index, ends, strict=True))).history(viewer)
    return {film: taken.action for film, taken in history.films.items()} if history else {}


def _sentence(speaking: pd.DataFrame, deeds: dict[str, str], titles: dict[str, str]) -> str:
    for_it = speaking.loc[speaking["contribution"] > 0, columns.FILM]
    named = [(deeds[film], titles.get(film, film)) for film in for_it if film in deeds]
    return because(named) if named else ""
