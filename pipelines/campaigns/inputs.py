"""What a cycle's campaigns are decided from: films, viewers and earlier campaigns, as of the newest features."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base.columns import FILM
from pipelines.lake import delta, sequences
from pipelines.lake.film_history import newest
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from streaming.schema.bounds import DAY_MS

FAMILY = "uplift"  # of the registry
WINDOW_DAYS = decisions.TERMS[decisions.CAMPAIGNS].open  # from the choice on, a film that is taken up counts
DESCRIBED = ("event_id", "occurred_at", FILM, "title", "genres", "people", "opens", "release_date", "budget")
_FILM = [FILM, "title", "genres", "people", "opens", "budget"]
_NO_FILMS = pd.DataFrame(columns=list(DESCRIBED)).astype({"occurred_at": "datetime64[ns, UTC]", "budget": float})
_PAST = {"campaign_id": object, FILM: object, "cycle": np.int64, "occurred_at": np.int64}


@dataclass(frozen=True)
class CampaignInputs:
    """What is known when a cycle decides on its campaigns."""

    at: int  # UTC milliseconds
    descriptions: pd.DataFrame  # rows of silver/films
    aside: Mapping[str, str]  # films that are not among them, and why
    interactions: pd.DataFrame  # viewer_id, film_id, occurred_at (when first taken up), strength
    past: pd.DataFrame  # rows of earlier cycles' campaigns
    over: pd.DataFrame  # those of them that were carried out and whose time has passed

    @classmethod
    def read(cls, context: Context, number: int) -> Self:
        """Read from the lake and the ledger what a cycle's campaigns are decided from."""
        lake = context.state.lake
        taken_up = sequences.read(lake)
        told = delta.read(lake, "silver/films", list(DESCRIBED))
        made = delta.read(lake, decisions.CAMPAIGNS, where=pc.field("cycle") < number)
        past = pd.DataFrame(columns=list(_PAST)).astype(_PAST) if made is None else made
        at = taken_up.as_of or int(context.ledger.read(number)["as_of"])
        believed, aside = believable(_NO_FILMS if told is None else told, at)
        return cls(at, believed, aside, taken_up.interactions, past, _carried_out(lake, over(past, at), at))


def described(told: pd.DataFrame, at: int) -> pd.DataFrame:
    """Films as described by `at` (UTC milliseconds): film_id, title, genres, people, opens (datetime), budget."""
    known = newest(told[told["occurred_at"] <= pd.Timestamp(at, unit="ms", tz="UTC")], FILM)
    opens = pd.to_datetime(known["opens"]).fillna(pd.to_datetime(known["release_date"]))
    names = {kind: known[kind].map(lambda some: () if some is None else tuple(some)) for kind in ("genres", "people")}
    return known.assign(opens=opens, **names)[_FILM]


def believable(told: pd.DataFrame, at: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of silver/films without films that have an absurd budget by `at`; and these films, and why."""
    known = newest(told[told["occurred_at"] <= pd.Timestamp(at, unit="ms", tz="UTC")], FILM)
    aside = set_aside.absurd(known[["budget"]], known[FILM])
    return told[~told[FILM].isin(aside)], aside


def over(made: pd.DataFrame, now: int) -> pd.DataFrame:
    """The rows of campaigns whose time for an answer has passed by `now` (UTC milliseconds)."""
    return made[made["occurred_at"] + WINDOW_DAYS * DAY_MS <= now]


def _carried_out(lake: Path, made: pd.DataFrame, at: int) -> pd.DataFrame:
    """Read from the lake which campaigns' trailers somebody saw; none are where the past is replayed."""
    known = pc.field("occurred_at") <= pd.Timestamp(at, unit="ms", tz="UTC")
    seen = delta.read(lake, "silver/viewing", where=(pc.field("type") == "trailer") & known)
    ids: list[str] = [] if seen is None or seen.empty else list(seen["campaign_id"].dropna().unique())
    return made[made["campaign_id"].isin(ids)]
