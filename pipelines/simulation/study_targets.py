"""Rankings of viewers for marketing in the simulator, where it is known who would have watched a film anyway.

A world runs a campaign for each film that opens, drawn at random, and uplift is learned from what the topics tell of
them. Then films open that no campaign has been run for: each viewer lives the weeks of the opening twice, with the
film's trailer and without it, all chance the same. What rankings are worth is counted on those two lives.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from models.base.columns import AT, FILM, INTERACTIONS, STRENGTH
from models.evaluation.metrics import mean_interval, ratio_interval
from models.uplift.audience import AudienceFeatures
from models.uplift.curve import area, uplift_curve
from models.uplift.exposures import FloatArray
from models.uplift.model import ExpectedUplift, Uplift
from pipelines.campaigns import decide
from pipelines.campaigns.answer import segments
from pipelines.campaigns.inputs import WINDOW_DAYS, described, over
from pipelines.campaigns.train import exposures_of
from pipelines.simulation.worlds import silver_rows, worlds
from streaming.audience.clock import ends
from streaming.audience.event_stream import opening, week_of_life
from streaming.audience.pseudonyms import Pseudonym, pseudonym_of
from streaming.audience.week_state import WeekState
from streaming.audience.world import World
from streaming.schema.events import Campaign, Event, FilmDescribed, Play, ViewingEvent
from streaming.serving.histories.viewer_history import History

_QUIET, _DRAWN = 4, 16  # weeks without campaigns, then with one for each film that is about to open
_WEEKS = WINDOW_DAYS // 7
OURS, AFFINITY = "expected uplift", "affinity"
POLICIES = (AFFINITY, "likeness of tastes", "segments by expected uplift", "random")
_SHOWN = 0.3  # the share of the viewers whose part of the gain is told


@dataclass(frozen=True)
class TargetComparison:
    """A ranking's uplift curve beside that by expected uplift; intervals are of 95 %, over worlds.

    Areas are gains a thousand viewers, averaged over how many of them are reached; `over_random` is what the area has
    over that of a random order.
    """

    policy: str
    area: float
    over_random: float
    more: float  # by how much the area of expected uplift is larger
    low: float
    high: float
    first: float  # the share of the gain that is had from the first 30 % of the viewers


@dataclass(frozen=True)
class TargetEvaluation:
    """All rankings compared, and how the expected gain compares with the actual one."""

    films: int
    without: float  # viewers of a thousand who watch a film in time without its trailer
    gain: float  # and how many more of them with it
    expected: float  # and how many more the model expected
    rows: list[TargetComparison]
    times: float  # the area over random of expected uplift over that of affinity, and its interval
    times_low: float
    times_high: float
    covered: float  # segments whose gain was inside the 80 % interval


def evaluate_targets(
    count: int, films_each: int, viewers: int, seed: int, began: Callable[[str], None]
) -> TargetEvaluation:
    """Try the rankings on films of simulated worlds.

    Args:
        count: of worlds.
        films_each: how many films of each world are asked of.
        viewers: of each world at its start.
        began: called with the name of each step as it begins.
    """
    tried = [
        pd.DataFrame(_world(world, films_each)).assign(world=number)
        for number, world in enumerate(worlds("targets", count, seed, began, viewers))
    ]
    films = pd.concat(tried, ignore_index=True)
    over = {policy: films[policy] - films["random"] for policy in (OURS, AFFINITY)}
    by_world = {policy: areas.groupby(films["world"]).mean() for policy, areas in over.items()}
    times_low, times_high = ratio_interval(by_world[OURS], by_world[AFFINITY], level=0.95)
    return TargetEvaluation(
        films=len(films),
        without=1000 * float(films["without"].mean()),
        gain=1000 * float(films["gain"].mean()),
        expected=1000 * float(films["expected"].mean()),
        rows=[_compared(films, policy) for policy in (OURS, *POLICIES)],
        times=float(over[OURS].mean() / over[AFFINITY].mean()),
        times_low=times_low,
        times_high=times_high,
        covered=float(np.concatenate(films["covered"].to_list()).mean()),
    )


@dataclass
class Life:
    """A world that is simulated week by week, with the memory of its viewers and the events on its topics."""

    world: World
    week: int = 0  # the last that was lived
    watched: dict[str, set[str]] = field(default_factory=dict)
    trailers: dict[str, dict[str, int]] = field(default_factory=dict)
    histories: dict[str, History] = field(default_factory=dict)
    films: list[FilmDescribed] = field(default_factory=list)

    @cached_property
    def pseudonym(self) -> Pseudonym:
        """The viewers' pseudonyms on the platform."""
        return pseudonym_of(self.world.seed)

    @property
    def now(self) -> int:
        """The last millisecond of the newest week."""
        return ends(self.week) - 1

    def begin(self) -> None:
        """Record in this object the films and viewers that are public before the first week."""
        self._record_events(event for event, _ in opening(self.world, self.pseudonym))

    def live(self, shown: Iterable[Campaign] = ()) -> None:
        """Simulate the next week with these campaigns, and record in this object what was watched."""
        told = list(shown)
        self.week += 1
        life = week_of_life(
            self.world, self.week, {}, self.watched, self.pseudonym, campaigns=told, trailers=self.trailers
        )
        self._record_events(event for event, _ in life)
        for campaign in told:
            for one in campaign.viewers:
                self.trailers.setdefault(one.viewer_id, {})[campaign.film_id] = self.week

    def interactions(self) -> pd.DataFrame:
        """What viewers have taken up so far, as `features/interaction_sequence` would have it."""
        rows = [
            (viewer, one.film_id, one.at, one.strength)
            for viewer, history in self.histories.items()
            for one in history.snapshot().interactions
        ]
        return pd.DataFrame(rows, columns=list(INTERACTIONS)).astype({AT: np.int64, STRENGTH: np.float64})

    def told(self) -> pd.DataFrame:
        """Descriptions of films as rows of silver/films."""
        return silver_rows(self.films)

    def goes_on(self, trailer: str | None = None) -> dict[str, set[str]]:
        """Who will have watched what after an opening, if all saw `trailer` (None: as now); simulates on a copy."""
        watched, seen = dict(self.watched), dict(self.trailers)
        if trailer:
            seen |= {viewer: {**self.trailers.get(viewer, {}), trailer: self.week} for viewer in self.histories}
        for week in range(self.week + 1, self.week + _WEEKS):
            scene = WeekState(self.world, week, watched, self.pseudonym, seen)
            names, finds = list(scene.film_row), scene.discoveries
            for row, film in zip(finds.viewer.tolist(), finds.film.tolist(), strict=True):
                viewer = scene.viewers[row]
                watched[viewer] = watched.get(viewer, set()) | {names[film]}
        return watched

    def _record_events(self, events: Iterable[Event]) -> None:
        """Add events to the films, histories and watched films that this object keeps."""
        for event in events:
            if isinstance(event, FilmDescribed):
                self.films.append(event)
            elif isinstance(event, ViewingEvent):
                self.histories.setdefault(event.viewer_id, History()).add(event)
                if isinstance(event, Play):
                    self.watched.setdefault(event.viewer_id, set()).add(event.film_id)


def learned(life: Life, model: Uplift | None = None) -> Uplift:
    """Simulate a world's first weeks in `life`, with random campaigns, and fit uplift (`model`, changed) on them."""
    life.begin()
    for _ in range(_QUIET):
        life.live()
    made = []
    for cycle in range(_QUIET + 1, _QUIET + _DRAWN + 1):
        made.append(drawn_blindly(life, cycle))
        life.live(decide.events(made[-1]))
    for _ in range(_WEEKS - 1):
        life.live()
    published = over(pd.concat(made, ignore_index=True), life.now)
    taken = life.interactions()  # the simulated viewer rates a film when it is over, and never later
    return (model or Uplift()).fit(exposures_of(published, taken, life.told(), lambda _: taken))


def drawn_blindly(life: Life, cycle: int) -> pd.DataFrame:
    """Draw a week's campaigns at random, before anything is learned, as rows of `decisions/campaigns`; none is run."""
    decision = {
        **{"cycle": cycle, "occurred_at": life.now, "policy": "uniform"},
        **{"model": None, "model_version": None, "feature_version": 0},
    }
    coming = decide.due(described(life.told(), life.now), frozenset(), life.now).to_dict("records")
    made = [decide.rows(decide.drawn(list(life.histories), None, film[FILM], cycle), film, decision) for film in coming]
    return pd.concat(made, ignore_index=True) if made else pd.DataFrame()


def _world(world: World, films: int) -> list[dict[str, object]]:
    """Simulate a world and ask of films: a row a film, each ranking's area, the expected and the actual gains."""
    life = Life(world)
    model = learned(life)
    tried: list[dict[str, object]] = []
    while len(tried) < films:
        known = described(life.told(), life.now)
        interactions, viewers = life.interactions(), list(life.histories)
        audience = AudienceFeatures.of(interactions, known, viewers, life.now)
        coming = decide.due(known, frozenset(), life.now).head(films - len(tried)).to_dict("records")
        asked = [(film[FILM], decide.table(audience, film)) for film in coming]
        life.live()
        without = life.goes_on()
        for film, table in asked:
            took = [_takers(film, viewers, watched) for watched in (without, life.goes_on(film))]
            tried.append(_gains_by_policy(model.predict(table), table, audience, *took))
    return tried


def _takers(film: str, viewers: list[str], watched: dict[str, set[str]]) -> FloatArray:
    """1 for each viewer who has watched the film, else 0."""
    return np.array([film in watched.get(viewer, ()) for viewer in viewers], dtype=np.float64)


def _gains_by_policy(
    expected: ExpectedUplift, table: pd.DataFrame, audience: AudienceFeatures, without: FloatArray, with_it: FloatArray
) -> dict[str, object]:
    """The area under each ranking's uplift curve, and the true and expected gains, of one film."""
    effect = with_it - without
    genre = audience.favourite()
    scores = {
        OURS: expected.uplift,
        AFFINITY: expected.affinity,
        "likeness of tastes": table["taste"].fillna(0.0).to_numpy(),
        "segments by expected uplift": pd.Series(expected.uplift).groupby(genre).transform("mean").to_numpy(),
        "random": np.zeros(len(effect)),
    }
    return {
        **{policy: area(score, effect) for policy, score in scores.items()},
        **{f"{policy} first": np.interp(_SHOWN, *uplift_curve(score, effect)) for policy, score in scores.items()},
        "without": without.mean(),
        "gain": effect.mean(),
        "expected": expected.uplift.mean(),
        "covered": _covered(expected, effect, genre),
    }


def _covered(expected: ExpectedUplift, effect: FloatArray, genre: np.ndarray) -> np.ndarray:
    """For each segment by favourite genre that would be shown, whether its mean gain was inside the interval."""
    shown = [np.flatnonzero(names) for _, names in segments(pd.Series(genre))]
    inside = []
    for rows in shown:
        _, low, high = expected.within(rows)
        inside.append(low <= effect[rows].mean() <= high)
    return np.array(inside)


def _compared(films: pd.DataFrame, policy: str) -> TargetComparison:
    """Compare a ranking with that by uplift; the interval draws worlds, for films of one share what was learned."""
    by_world = films.groupby("world")[list(dict.fromkeys((OURS, policy)))].mean()
    low, high = mean_interval(by_world[OURS] - by_world[policy], level=0.95)
    ours, theirs, blind = (1000 * float(films[name].mean()) for name in (OURS, policy, "random"))
    first = float(films[f"{policy} first"].mean() / films["gain"].mean())
    return TargetComparison(policy, theirs, theirs - blind, ours - theirs, 1000 * low, 1000 * high, first)
