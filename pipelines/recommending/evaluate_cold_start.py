"""How well those are served of whom little is known: films that nobody has watched, viewers who have just come.

A tenth of the films and a tenth of the viewers are kept out of training altogether. For the films it is measured
whether viewers who took one up later would have found it among the new ones; for the viewers, whether the film that
they watched next would have been in their list after their first few events.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import AT, FILM, VIEWER
from models.evaluation.metrics import chance_ndcg_at, ndcg_at, paired_comparison, ratio_interval, unseen_targets
from models.recommenders.protocol import Recommender
from pipelines.platform.errors import BadSplit
from pipelines.recommending.data_split import Split

EVENTS = (0, 1, 3, 5)  # that are known of a new viewer
_SHARE = 0.1  # of the films and of the viewers that are kept out
_K = 10


@dataclass(frozen=True)
class Withheld:
    """What a model may learn from, and who is new to it. Frames are of `columns.INTERACTIONS`."""

    known: pd.DataFrame
    later: pd.DataFrame  # of known films, to choose settings by
    films: list[str]  # new ones
    taken_up: pd.DataFrame  # viewer_id, film_id: the new films that known viewers watched later
    beginnings: pd.DataFrame  # the first events of new viewers, in order, all of known films


@dataclass(frozen=True)
class NewFilms:
    """NDCG@10 among the new films for viewers who later watched one, and that of a random order."""

    films: int
    viewers: int
    ndcg: float
    chance: float
    times: float  # ndcg / chance
    low: float  # of its 90 % interval, by bootstrap over viewers
    high: float


@dataclass(frozen=True)
class NewViewers:
    """NDCG@10 of the next film after so many events, the whole catalogue ranked, and that of popularity."""

    events: int
    viewers: int
    ndcg: float
    popularity: float
    low: float  # of the 90 % interval of the difference, by bootstrap over viewers
    high: float


def withhold(split: Split, seed: int) -> Withheld:
    """Keep a tenth of films and of viewers out of the training part, drawn by `seed`.

    Raises:
        BadSplit: no viewer takes up a new film later, or no new viewer has the events that it takes.
    """
    random = np.random.default_rng(seed)
    films, viewers = _drawn(split.everything[FILM], random), _drawn(split.train[VIEWER], random)
    new_film, new_viewer = split.train[FILM].isin(films), split.train[VIEWER].isin(viewers)
    known = split.train[~new_film & ~new_viewer]
    later = split.valid[~split.valid[VIEWER].isin(viewers)]
    of_new = later[FILM].isin(films)
    beginnings = _beginnings(split.train[new_viewer & split.train[FILM].isin(known[FILM])])
    kept = Withheld(known, later[~of_new], films, unseen_targets(known, later[of_new]), beginnings)
    if kept.taken_up.empty or kept.beginnings.empty:
        raise BadSplit(
            f"{len(kept.taken_up)} new films are taken up later and {kept.beginnings[VIEWER].nunique()} new viewers "
            f"have {max(EVENTS) + 1} events or more: a larger split is wanted."
        )
    return kept


def new_films(model: Recommender, kept: Withheld) -> NewFilms:
    """Rank the new films alone for those who later watched one; NDCG@10 beside that of a random order."""
    listed = model.recommend(sorted(kept.taken_up[VIEWER].unique()), kept.known, _K, kept.films)
    ndcg = ndcg_at(listed, kept.taken_up, _K)
    chance = chance_ndcg_at(kept.taken_up, len(kept.films), _K)
    low, high = ratio_interval(ndcg, chance)
    mean, by_chance = float(ndcg.mean()), float(chance.mean())
    return NewFilms(len(kept.films), len(ndcg), mean, by_chance, mean / by_chance, low, high)


def new_viewers(model: Recommender, popularity: Recommender, kept: Withheld) -> list[NewViewers]:
    """Rank the catalogue for the same new viewers after 0, 1, 3 and 5 events; NDCG@10 beside popularity's."""
    return [_compare_after(events, model, popularity, kept.beginnings) for events in EVENTS]


def _compare_after(events: int, model: Recommender, popularity: Recommender, beginnings: pd.DataFrame) -> NewViewers:
    """Rank for new viewers after so many of their events, by both models, and compare NDCG@10 of the next film."""
    place = beginnings.groupby(VIEWER).cumcount()
    history, targets = beginnings[place < events], beginnings[place == events]
    viewers = sorted(targets[VIEWER])
    ours, theirs = (ndcg_at(each.recommend(viewers, history, _K), targets, _K) for each in (model, popularity))
    compared = paired_comparison(ours, theirs)
    return NewViewers(events, len(viewers), float(ours.mean()), float(theirs.mean()), compared.low, compared.high)


def _beginnings(events: pd.DataFrame) -> pd.DataFrame:
    """The first few events of each viewer, of viewers who have as many as are needed."""
    ordered = events.sort_values([VIEWER, AT], kind="stable", ignore_index=True)
    enough = ordered.groupby(VIEWER)[FILM].transform("size") > max(EVENTS)
    return ordered[enough].groupby(VIEWER).head(max(EVENTS) + 1).reset_index(drop=True)


def _drawn(ids: pd.Series, random: np.random.Generator) -> list[str]:
    """A tenth of the distinct ids, drawn at random, sorted."""
    everyone = np.sort(ids.unique())
    return sorted(random.choice(everyone, max(1, round(_SHARE * len(everyone))), replace=False))
