"""Whom the trailer of a film that is about to open is shown to, and with which probability.

Every campaign is drawn: each viewer is chosen with a probability that is known and is neither 0 nor 1, so that the
outcomes of those who were not chosen estimate what would have been without the trailer. That holds whether or not every
chosen viewer has seen the trailer.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.columns import FILM, VIEWER
from models.base.days import day_number
from models.uplift.audience import AudienceFeatures
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Campaign, Reached, derive_id

AHEAD = range(7, 14)  # days before its opening in which a film has its campaign
BLIND = 0.5  # the probability of each viewer while nothing is learned: the one that measures the effect best
LIKELY, UNLIKELY, _BEST = 0.8, 0.2, 0.4  # of the best share of the viewers, and of the others
_MOST = 5_000  # viewers of one event: 350 kB


def due(films: pd.DataFrame, done: AbstractSet[str], at: int) -> pd.DataFrame:
    """The films that open soon after `at` and are not `done`, in the order of their ids."""
    dated = films[films["opens"].notna() & ~films[FILM].isin(done)]
    return dated[np.isin(day_number(dated["opens"]) - (at + 1) // DAY_MS, AHEAD)]


def table(audience: AudienceFeatures, film: Mapping[Any, Any]) -> pd.DataFrame:
    """The features of all viewers for one film, a row of `described`."""
    return audience.facing(film["genres"], film["people"], film["budget"])


def drawn(viewers: Sequence[str], uplift: npt.NDArray[np.float64] | None, film: str, cycle: int) -> pd.DataFrame:
    """The viewers of a campaign as drawn: viewer_id, propensity, shown, uplift; a repeated cycle draws the same.

    Args:
        uplift: what is expected of each viewer; None while nothing is learned, and all are equal.
    """
    chance = np.random.default_rng(int(identity(film, cycle), 16)).random(len(viewers))
    propensity = np.full(len(viewers), BLIND)
    if uplift is not None:
        best = np.argsort(np.argsort(-uplift, kind="stable")) < _BEST * len(viewers)
        propensity = np.where(best, LIKELY, UNLIKELY)
    expected = np.full(len(viewers), np.nan) if uplift is None else uplift
    return pd.DataFrame(
        {VIEWER: list(viewers), "propensity": propensity, "shown": chance < propensity, "uplift": expected}
    )


def identity(film: str, cycle: int) -> str:
    """The campaign_id of a film's campaign."""
    return derive_id("campaign", film, cycle)


def rows(choice: pd.DataFrame, film: Mapping[Any, Any], decision: Mapping[str, Any]) -> pd.DataFrame:
    """A draw as rows of `decisions/campaigns`.

    Args:
        decision: cycle, occurred_at, policy, model, model_version, feature_version.
    """
    about = {"campaign_id": identity(film[FILM], decision["cycle"]), FILM: film[FILM], "opens": film["opens"].date()}
    return choice.assign(**about, **decision)


def events(made: pd.DataFrame) -> list[Campaign]:
    """Rows of `decisions/campaigns` as events, several for a campaign of very many viewers; none is sent here."""
    if made.empty:
        return []
    return [event for _, campaign in made.groupby("campaign_id", sort=False) for event in _campaign_events(campaign)]


def _campaign_events(campaign: pd.DataFrame) -> list[Campaign]:
    """A campaign's rows as events, each with at most so many of the chosen viewers; none is sent here."""
    first = campaign.iloc[0]
    chosen = campaign.loc[campaign["shown"], [VIEWER, "propensity"]]
    told = ("campaign_id", FILM, "opens", "policy", "model", "model_version")
    numbers = {name: int(first[name]) for name in ("cycle", "occurred_at", "feature_version")}
    about: dict[str, Any] = {**{name: first[name] for name in told}, **numbers, "audience": len(campaign)}
    return [
        Campaign(
            event_id=derive_id("campaign", first["campaign_id"], start),
            viewers=tuple(
                Reached(viewer_id=viewer, propensity=propensity)
                for viewer, propensity in chosen.iloc[start : start + _MOST].itertuples(index=False)
            ),
            **about,
        )
        for start in range(0, len(chosen), _MOST)
    ]
