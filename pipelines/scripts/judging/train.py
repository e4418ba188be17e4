"""The training data of the judges of scripts: films as described, and how often published segments took them up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs.releases import SEGMENT_TASTE
from models.audience.disclosure import EVERYBODY, LEAST
from models.base.columns import FILM, GENRES, GROSS, OVERVIEW, YEAR
from models.judging.chosen import SEGMENT, Chosen
from pipelines.lake import delta, sequences
from pipelines.lake.film_history import newest
from pipelines.platform.errors import NothingThere
from pipelines.scripts.segment_names import full_name, full_names

JUDGE, SENTIMENT = "judge", "sentiment"  # families of the registry
_FILM = [FILM, "event_id", "occurred_at", "title", GENRES, "release_date", "opens", "synopsis"]


def films(lake: Path, as_of: int) -> pd.DataFrame:
    """Read from the lake films as described by `as_of` (UTC milliseconds): texts, mean ratings and grosses.

    Returns:
        film_id, title, year, genres (tuples), overview, opens, rating (of films that twenty have rated), gross.

    Raises:
        NothingThere: no film was described by then.
    """
    until = pc.field("occurred_at") <= pd.Timestamp(as_of, unit="ms", tz="UTC")
    told = delta.read(lake, "silver/films", _FILM, until)
    if told is None or told.empty:
        raise NothingThere("no film is described yet: `cineloop run --once`")
    known = newest(told, FILM)
    opens = pd.to_datetime(known["opens"]).fillna(pd.to_datetime(known["release_date"]))
    return pd.DataFrame(
        {
            FILM: known[FILM],
            "title": known["title"].fillna(""),
            YEAR: opens.dt.year,
            GENRES: [() if names is None else tuple(names) for names in known[GENRES]],
            OVERVIEW: known["synopsis"].fillna(""),
            "opens": opens,
            "rating": known[FILM].map(_ratings(lake, until)).astype(np.float64),
            GROSS: known[FILM].map(_grosses(lake, until)).astype(np.float64),
        }
    )


def chosen(lake: Path, described: pd.DataFrame, as_of: int) -> Chosen:
    """Read from the lake how often published segments took films up by `as_of`; everybody while none is published.

    Raises:
        NothingThere: nobody had taken anything up, or there are no segments.
    """
    past, members = sequences.read(lake), _members(lake)
    if past.rows.empty or members is None:
        raise NothingThere("no viewer has taken anything up yet: `cineloop run --once`")
    return Chosen.of(past.interactions, described, members, as_of).seen()


def _members(lake: Path) -> pd.DataFrame | None:
    """Read from the lake viewer_id and segment, of the segments of the newest published period; None if unwritten."""
    told = delta.read(lake, "features/viewer_segment")
    if told is None:
        return None
    released = delta.read(lake, SEGMENT_TASTE, ["period", "segment_facet", SEGMENT])
    known = {full_name(EVERYBODY, EVERYBODY)}
    if released is not None and len(released):
        latest = released[released["period"] == released["period"].max()]
        known |= set(full_names(latest))
    members = told.assign(**{SEGMENT: full_names(told)})
    return members[members[SEGMENT].isin(known)]


def _ratings(lake: Path, until: pc.Expression) -> pd.Series:
    """Read from the lake film_id → mean stars, of films that so many have rated that the mean reveals nobody."""
    viewing = delta.read(lake, "silver/viewing", [FILM, "rating"], until & pc.field("rating").is_valid())
    if viewing is None:
        return pd.Series(dtype=np.float64)
    rated = viewing.groupby(FILM)["rating"].agg(["mean", "size"])
    return rated.loc[rated["size"] >= LEAST, "mean"]


def _grosses(lake: Path, until: pc.Expression) -> pd.Series:
    """Read from the lake film_id → its gross in all territories."""
    told = delta.read(lake, "silver/boxoffice", [FILM, "event_id", "occurred_at", "territory", "date", GROSS], until)
    if told is None:
        return pd.Series(dtype=np.float64)
    return newest(told, FILM, "territory", "date").groupby(FILM)[GROSS].sum()
