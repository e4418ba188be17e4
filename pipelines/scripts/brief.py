"""A segment's brief: the genres, eras, tone and comparable titles it prefers, with intervals.

Only what was published is told (see decision 15), and of films what is public. What a segment takes up beyond others
is called `more` or `less` where it is one of those that Benjamini and Hochberg's procedure (1995) calls at a false
discovery rate of 10 %.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from models.audience.disclosure import EVERYBODY
from models.base.columns import FILM, GENRES
from models.scripts.asked import Header
from pipelines.lake import delta
from pipelines.lake.film_history import newest
from pipelines.platform.errors import NothingThere
from pipelines.scripts.decide import Wanted
from pipelines.scripts.segment_names import full_name, full_names, segment_named
from pipelines.scripts.writing.scene_setting import DARK_GENRES, LIGHT_GENRES
from pipelines.segments.answer import published, tastes_and_trends

_FALSE = 0.1  # of what is called so
_MIDDLE_80 = 1.2816
_COMPARABLES, _WANTED = 6, 3
_NOT_READ: Mapping[tuple[str, str], float] = MappingProxyType({})
_FILM = [FILM, "event_id", "occurred_at", "title", GENRES, "release_date", "opens"]


@dataclass(frozen=True)
class Brief:
    """What a segment wants, of the newest published period."""

    facts: dict[str, Any]
    genres: list[dict[str, Any]]  # value, share, low, high, share_of_all, beyond, wanted, trend; the most wanted first
    eras: list[dict[str, Any]]  # the same of decades
    tone: dict[str, Any]
    comparables: list[dict[str, Any]]  # film_id, title, year, genres, fit


def brief(lake: Path, segment: str) -> Brief:
    """Read from the lake what a segment wants, by the newest published period; raises NothingThere if unpublished."""
    released = published(lake)
    rows = released[released["period"] == released["period"].max()]
    named = [full_name(*pair) for pair in sorted(set(zip(rows["segment_facet"], rows["segment"], strict=True)))]
    wanted = segment_named(segment, named)
    own = rows[[name == wanted for name in full_names(rows)]]
    of, name = own[["segment_facet", "segment"]].iloc[0]
    told = tastes_and_trends(released, of=of, segment=name)
    trends = {(row["facet"], row["value"]): row["trend"] for row in told.trends}
    rated = _rated(own, trends)
    genres, eras = (_ordered(rated[rated["facet"] == facet]) for facet in ("genre", "decade"))
    facts = {
        **told.facts,
        "segment": wanted,
        "viewers": int(own["viewers"].max()),
        "called": int((rated["wanted"] != "as others").sum()),
        "of": len(rated),
        "false": _FALSE,
    }
    return Brief(facts, delta.records(genres), delta.records(eras), _tone(genres), _comparables(lake, genres, eras))


def headers(brief: Brief, liked: Mapping[tuple[str, str], float] = _NOT_READ) -> list[Header]:
    """What to write for this segment: a header for each of its most wanted genres, the best first.

    Which of them is best its readers say, as far as they have read; else what it takes up.

    Args:
        liked: (segment, genre) → as `readings.liked_genres`.
    """
    tone, segment = brief.tone["tone"], brief.facts["segment"]
    wanted = [row["value"] for row in brief.genres[:_WANTED]]
    best = sorted(wanted, key=lambda genre: -liked.get((segment, genre), 0.0))
    return [Header((genre,), tone, segment) for genre in best]


def segment_headers(lake: Path, segment: str) -> list[Header]:
    """Read from the lake the headers of a segment's brief; none while nothing is published of it."""
    try:
        return headers(brief(lake, segment))
    except NothingThere:
        return []


def completed(given: Header, told: Sequence[Header], known: Collection[str]) -> Header:
    """The header as given; genre and tone that it leaves out are those of the first of a brief's headers that is known.

    Args:
        told: headers of a brief, the best first; one at least.
        known: genres that a writer has learned; none where it takes any.

    Raises:
        NothingThere: no genre is given, and none that is wanted is known.
    """
    open_to = known_to(told, known)
    if not (given.genres or open_to):
        wanted = ", ".join(name for own in told for name in own.genres)
        raise NothingThere(
            f"{told[0].segment} wants {wanted}, and the writer has learned {', '.join(known)}: name one of these with "
            "--genre, or train it on films (cineloop script train --boxoffice DIR)"
        )
    first = open_to[0] if open_to else told[0]
    return Header(given.genres or first.genres, given.tone or first.tone, first.segment)


def known_to(told: Sequence[Header], known: Collection[str]) -> list[Header]:
    """The headers whose genres a writer has learned; all, where it takes any."""
    return [own for own in told if not known or set(own.genres) <= set(known)]


def published_segments(lake: Path) -> list[str]:
    """Read from the lake the full names of the newest period's segments; raises NothingThere if none."""
    released = published(lake)
    return sorted(set(full_names(released[released["period"] == released["period"].max()])))


def most_wanted(
    lake: Path,
    segments: Sequence[str],
    known: Collection[str],
    liked: Mapping[tuple[str, str], float] = _NOT_READ,
) -> list[Wanted]:
    """Read the briefs of segments: of each the first header whose genres are known; others are left out."""
    told = {segment: known_to(headers(brief(lake, segment), liked), known) for segment in segments}
    return [Wanted(name, open_to[0]) for name, open_to in told.items() if open_to]


def _rated(own: pd.DataFrame, trends: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """A segment's cells with their intervals, each called more, less or as others do."""
    beyond = (own["share"] - own["share_of_all"]).fillna(0.0)
    error = own["error"].clip(lower=1e-4)
    found = stats.false_discovery_control(2 * stats.norm.sf(beyond.abs() / error)) <= _FALSE
    called = np.where(found & (beyond > 0), "more", np.where(found & (beyond < 0), "less", "as others"))
    return own.assign(
        low=(own["share"] - _MIDDLE_80 * error).clip(lower=0.0),
        high=(own["share"] + _MIDDLE_80 * error).clip(upper=1.0),
        beyond=beyond,
        wanted=called,
        trend=[trends.get(pair, "steady") for pair in zip(own["facet"], own["value"], strict=True)],
    )


def _ordered(cells: pd.DataFrame) -> pd.DataFrame:
    """The cells sorted by how significantly they differ from others; those of everybody by their share."""
    sure = cells["beyond"] / cells["error"].clip(lower=1e-4)
    order = sure.where(cells["segment_facet"] != EVERYBODY, cells["share"])
    names = ["value", "viewers", "share", "low", "high", "share_of_all", "beyond", "wanted", "trend"]
    return cells.assign(order=order).sort_values(["order", "value"], ascending=[False, True])[names]


def _tone(genres: pd.DataFrame) -> dict[str, Any]:
    """Light or dark, by which genres are taken up beyond others: by convention, no measure of any script."""
    sides = {name: genres["value"].isin(members) for name, members in (("light", LIGHT_GENRES), ("dark", DARK_GENRES))}
    shares = {name: float(genres.loc[of, "share"].sum()) for name, of in sides.items()}
    beyond = {name: float(genres.loc[of, "beyond"].sum()) for name, of in sides.items()}
    lean = beyond["light"] - beyond["dark"] if any(beyond.values()) else shares["light"] - shares["dark"]
    error = float(
        np.sqrt((((genres["high"] - genres["share"]) / _MIDDLE_80) ** 2)[sides["light"] | sides["dark"]].sum())
    )
    tone = "serious" if abs(lean) < _MIDDLE_80 * error else "light" if lean > 0 else "dark"
    return {"tone": tone, **shares, "lean": lean, "low": lean - _MIDDLE_80 * error, "high": lean + _MIDDLE_80 * error}


def _comparables(lake: Path, genres: pd.DataFrame, eras: pd.DataFrame) -> list[dict[str, Any]]:
    """Read from the lake the films whose genres, then decades, are taken up most beyond others; newer ones first."""
    told = delta.read(lake, "silver/films", _FILM)
    if told is None or told.empty:
        return []
    films = newest(told, FILM)
    out = pd.to_datetime(films["opens"]).fillna(pd.to_datetime(films["release_date"]))
    liked = genres.set_index("value")["beyond" if genres["beyond"].any() else "share"]
    of_era = eras.set_index("value")["beyond"]
    fit = [_fit(names, liked) for names in films[GENRES]]
    era = [of_era.get(f"{year // 10 * 10:.0f}s", 0.0) for year in out.dt.year.fillna(0)]
    found = films.assign(year=out.dt.year, fit=np.array(fit) + np.array(era), out=out)
    best = found[found["fit"] > 0].sort_values(["fit", "out", FILM], ascending=[False, False, True])
    named = best.head(_COMPARABLES).assign(**{GENRES: best[GENRES].map(list)})
    return delta.records(named[[FILM, "title", "year", GENRES, "fit"]])


def _fit(names: Any, liked: pd.Series) -> float:
    """How well a film's names (genres, decades) suit what is liked: their sum over the root of their number."""
    known = [] if names is None else list(names)
    return float(sum(liked.get(name, 0.0) for name in known) / np.sqrt(len(known))) if known else 0.0
