"""Campaigns: whom the trailer of a film that is about to open is shown to, how probably, and what came of it.

Every campaign is drawn: each viewer is chosen with a probability that is known and is neither 0 nor 1, so that those
who were not chosen tell what would have been without the trailer. What the draw says is true of the choice, whether or
not every chosen viewer has seen the trailer.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jobs import decisions
from models.base.columns import AT, FILM, VIEWER
from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.uplift.audience import AudienceFeatures
from models.uplift.curve import weighed
from models.uplift.exposures import Exposures
from models.uplift.model import Uplift
from pipelines.lake.film_history import newest
from pipelines.platform import set_aside
from pipelines.platform.errors import Unmeasured
from pipelines.promotion import gate
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Campaign, Reached, derive_id

FloatArray = npt.NDArray[np.float64]
AHEAD = range(7, 14)  # days before its opening in which a film has its campaign
WINDOW_DAYS = decisions.TERMS[decisions.CAMPAIGNS].open  # from the choice on, a film that is taken up counts
BLIND = 0.5  # the probability of each viewer while nothing is learned: no other tells more of the effect
LIKELY, UNLIKELY, _BEST = 0.8, 0.2, 0.4  # of the best share of the viewers, and of the others
_FEWEST_HELD = 5  # campaigns that a model is measured on beside what serves
MEASURE = "Qini a viewer"
_MOST = 5_000  # viewers of one event: 350 kB
_FILM = [FILM, "title", "genres", "people", "opens", "budget"]


def described(told: pd.DataFrame, at: int) -> pd.DataFrame:
    """What silver/films said by `at` (UTC milliseconds): film_id, title, genres, people, opens (datetime), budget."""
    known = newest(told[told["occurred_at"] <= pd.Timestamp(at, unit="ms", tz="UTC")], FILM)
    opens = pd.to_datetime(known["opens"]).fillna(pd.to_datetime(known["release_date"]))
    names = {kind: known[kind].map(lambda some: () if some is None else tuple(some)) for kind in ("genres", "people")}
    return known.assign(opens=opens, **names)[_FILM]


def believed(told: pd.DataFrame, at: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """Rows of silver/films without the films of whose budget an absurd number is told by `at`; and these, and why."""
    known = newest(told[told["occurred_at"] <= pd.Timestamp(at, unit="ms", tz="UTC")], FILM)
    aside = set_aside.absurd(known[["budget"]], known[FILM])
    return told[~told[FILM].isin(aside)], aside


def due(films: pd.DataFrame, done: AbstractSet[str], at: int) -> pd.DataFrame:
    """The films that open soon after `at` and have had no campaign, in the order of their ids."""
    dated = films[films["opens"].notna() & ~films[FILM].isin(done)]
    return dated[np.isin(day_number(dated["opens"]) - (at + 1) // DAY_MS, AHEAD)]


def table(audience: AudienceFeatures, film: Mapping[Any, Any]) -> pd.DataFrame:
    """The features of all viewers as to a film, a row of `described`."""
    return audience.facing(film["genres"], film["people"], film["budget"])


def drawn(viewers: Sequence[str], uplift: FloatArray | None, film: str, cycle: int) -> pd.DataFrame:
    """Whom a campaign chooses: viewer_id, propensity, shown, uplift; a repeated cycle draws the same.

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
    """Rows of `decisions/campaigns` → events, several of them for a campaign of very many viewers."""
    if made.empty:
        return []
    return [event for _, campaign in made.groupby("campaign_id", sort=False) for event in _events(campaign)]


def _events(campaign: pd.DataFrame) -> list[Campaign]:
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


def over(made: pd.DataFrame, now: int) -> pd.DataFrame:
    """The rows of campaigns whose time for an answer has passed by `now` (UTC milliseconds)."""
    return made[made["occurred_at"] + WINDOW_DAYS * DAY_MS <= now]


def outcomes(campaign: pd.DataFrame, interactions: pd.DataFrame) -> FloatArray:
    """1 for each viewer of a campaign (rows of `decisions/campaigns`) who took its film up in time, else 0."""
    first = campaign.iloc[0]
    until = first["occurred_at"] + WINDOW_DAYS * DAY_MS
    of_film = interactions[interactions[FILM] == first[FILM]]
    took = of_film[(of_film[AT] > first["occurred_at"]) & (of_film[AT] <= until)]
    return np.asarray(campaign[VIEWER].isin(took[VIEWER]), dtype=np.float64)


def exposures(
    made: pd.DataFrame, interactions: pd.DataFrame, told: pd.DataFrame, known: Callable[[int], pd.DataFrame]
) -> Exposures:
    """Campaigns that are over, one at least, as what uplift is learned from, with what was known when each began.

    Args:
        made: rows of `decisions/campaigns`.
        interactions: viewer_id, film_id, occurred_at (when first taken up), strength.
        told: rows of silver/films.
        known: interactions as they stood at a moment (UTC milliseconds): what was seen before may be liked later.

    Raises:
        EmptyTraining: nothing believable is told of any of their films.
    """
    parts = [
        part for _, begun in made.groupby("occurred_at") for part in _begun_together(begun, interactions, told, known)
    ]
    if not parts:
        raise EmptyTraining(f"absurd numbers are told of the films of all {made['campaign_id'].nunique()} campaigns")
    return Exposures.joined(parts)


def _begun_together(
    begun: pd.DataFrame, interactions: pd.DataFrame, told: pd.DataFrame, known: Callable[[int], pd.DataFrame]
) -> list[Exposures]:
    """A cycle's campaigns: their viewers are looked at once."""
    at = int(begun["occurred_at"].iloc[0])
    films = described(told, at)
    audience = AudienceFeatures.of(known(at), films, list(begun[VIEWER].unique()), at)
    of_known_films = begun[begun[FILM].isin(films[FILM])]
    return [_exposures(each, audience, films, interactions) for _, each in of_known_films.groupby("campaign_id")]


def _exposures(
    campaign: pd.DataFrame, audience: AudienceFeatures, films: pd.DataFrame, interactions: pd.DataFrame
) -> Exposures:
    (film,) = films[films[FILM] == campaign[FILM].iloc[0]].to_dict("records")
    return Exposures(
        table(audience, film).iloc[audience.viewers.get_indexer(pd.Index(campaign[VIEWER]))],
        campaign["shown"].to_numpy(dtype=np.float64),
        campaign["propensity"].to_numpy(dtype=np.float64),
        outcomes(campaign, interactions),
        np.zeros(len(campaign), dtype=np.int64),
    )


def ended_since(made: pd.DataFrame, ids: pd.Series, newest: str) -> list[int]:
    """The numbers that `exposures` gives to those of `made` that come after the campaign `newest` in `ids`.

    Raises:
        Unmeasured: they are too few to measure anything on.
    """
    later = set(ids.iloc[ids.eq(newest).argmax() + 1 :] if ids.eq(newest).any() else ids)
    numbers = made.groupby(["occurred_at", "campaign_id"]).ngroup()
    found = sorted(set(numbers[made["campaign_id"].isin(later)]))
    if len(found) < _FEWEST_HELD:
        raise Unmeasured(f"{len(found)} campaigns have ended since what serves was learned: {_FEWEST_HELD} are wanted")
    return found


def first_comparison(fitted: Uplift) -> dict[str, Any]:
    """A model that nothing stands before, beside a random order, on campaigns that its bags had not seen."""
    return gate.compare(fitted.unseen, 0.0 * fitted.unseen, "a random order", MEASURE, better="higher")


def comparison(fitted: Uplift, standing: Uplift, exposures: Exposures, since: Sequence[int]) -> dict[str, Any]:
    """A model beside what stands, on campaigns that neither had learned; of `exposures`, those of these numbers."""
    return gate.compare(
        fitted.unseen[fitted.unseen.index.isin(since)],
        standing.qini_of(exposures),
        "what serves",
        MEASURE,
        better="higher",
    )


def trusted(model: Uplift) -> bool:
    """Whether its ranking was shown, on campaigns that it had not seen, to be worth more than chance."""
    return model.measured.low > 0


def met(made: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """Campaigns that are over, as signals: the mean uplift that was expected, and what the draw says that it was."""
    return pd.DataFrame(
        [_met(campaign, interactions) for _, campaign in made.groupby("campaign_id")],
        columns=["cycle", "decision_id", FILM, "date", "predicted", "actual", "covered", "at"],
    )


def _met(campaign: pd.DataFrame, interactions: pd.DataFrame) -> dict[str, Any]:
    first = campaign.iloc[0]
    shown, propensity = (campaign[name].to_numpy(dtype=np.float64) for name in ("shown", "propensity"))
    at = int(first["occurred_at"]) + WINDOW_DAYS * DAY_MS
    return {
        "cycle": int(first["cycle"]),
        "decision_id": first["campaign_id"],
        FILM: first[FILM],
        "date": pd.Timestamp(at, unit="ms").date(),
        "predicted": float(campaign["uplift"].mean()),
        "actual": float(weighed(shown, propensity, outcomes(campaign, interactions)).mean()),
        "covered": None,
        "at": at,
    }


def fared(signals: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Cycle → of its campaigns that are over: how many, what was expected of a viewer in the mean, what was added."""
    return {
        int(str(cycle)): {
            "came": len(group),
            "expected": float(group["predicted"].mean()) if group["predicted"].notna().all() else None,
            "added": float(group["actual"].mean()),
        }
        for cycle, group in signals.groupby("cycle")
    }
