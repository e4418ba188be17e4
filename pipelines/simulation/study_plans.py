"""Release dates in the simulator, where the truth is known: what a film takes on the date that each policy chooses.

A planner sees what the platform would know on an evening, and nothing else. The world then opens the film on each
date, with all other films and all chance as they are: films are compared with themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import FILM
from models.base.days import day_number, day_of_year
from models.evaluation.metrics import coverage80, ratio_interval
from models.films.past import FloatArray, IntArray
from models.planning.planner import Planner, weekly
from models.planning.rivalry import ALONE
from pipelines.planning.answer import NOTICE, PlanningData, known_of_rows
from pipelines.simulation.worlds import silver_rows, worlds
from streaming.audience.box_office import HISTORY_WEEKS, box_office_events, gross_if_opened
from streaming.audience.catalogue_events import described
from streaming.audience.clock import START, ends
from streaming.audience.films import film_id
from streaming.audience.world import World

_FRIDAY = 4
_ASKED_AT = (4, 17, 30, 43)  # weeks of a world's life, one a season
_START = int(day_number(pd.Timestamp(START)))
POLICIES = ("season only", "weekend of the genre's best", "any date", "announced", "best in hindsight")


@dataclass(frozen=True)
class PlanComparison:
    """The plan's dates against those of a policy: by how much more is taken, with a 95 % interval over worlds."""

    policy: str
    gross: float  # US dollars a film, of the policy
    gain: float  # of the plan over it, a share
    low: float
    high: float
    better: float  # the share of films that take more on the plan's date


@dataclass(frozen=True)
class PlanEvaluation:
    """All policies compared, and how the gains that plans expected compare with the actual ones."""

    films: int
    gross: float  # US dollars a film, on the plan's dates
    rows: list[PlanComparison]
    gain_covered: float  # share of gains inside their 80 % interval, over films and dates
    gross_covered: float  # share of grosses on the announced date inside theirs
    promised: float  # mean gain over the announced date that the plans promised
    kept: float  # and that came
    brier: float  # of the probability of a gain; 0.25 is a coin's
    forms: dict[str, int]  # forms of rivalry that validation chose, and in how many worlds


def evaluate_plans(count: int, films_each: int, weeks: int, seed: int, began: Callable[[str], None]) -> PlanEvaluation:
    """Try the planner and simpler policies in simulated worlds, asked at four seasons in turn.

    Args:
        count: of worlds.
        films_each: how many films of each world are planned.
        weeks: among how many a date is chosen.
        began: called with the name of each step as it begins.
    """
    tried, forms = [], []
    for number, world in enumerate(worlds("plans", count, seed, began)):
        films, form = _world(world, _ASKED_AT[number % len(_ASKED_AT)], films_each, weeks)
        tried.append(films.assign(world=number))
        forms.append(form)
    films = pd.concat(tried, ignore_index=True)
    chances = np.concatenate(films["chances"].to_list())
    return PlanEvaluation(
        films=len(films),
        gross=float(films["plan"].mean()),
        rows=[_compared(films, policy) for policy in POLICIES],
        gain_covered=float(np.concatenate(films["covered"].to_list()).mean()),
        gross_covered=float(films["gross covered"].mean()),
        promised=float(films["promised"].mean()),
        kept=float((films["plan"] / films["announced"] - 1).mean()),
        brier=float(((chances[:, 0] - chances[:, 1]) ** 2).mean()),
        forms={form: forms.count(form) for form in sorted(set(forms))},
    )


def known_at(world: World, week: int) -> PlanningData:
    """What the platform knows of a simulated world's films and grosses at the end of `week`."""
    films = world.films_of(week)
    announced = [described(world.seed, films, row) for row in range(len(films))]
    days = [day for each in range(1 - HISTORY_WEEKS, week + 1) for day in box_office_events(world, each)]
    return known_of_rows(silver_rows(announced), silver_rows(days), pd.Timestamp(ends(week) - 1, unit="ms", tz="UTC"))


def _world(world: World, week: int, count: int, weeks: int) -> tuple[pd.DataFrame, str]:
    """Plan some films of a simulated world: a row a film, what it takes on each policy's date; and how rivals weigh."""
    known = known_at(world, week)
    planner = Planner.learn(known.films, known.daily, known.today)
    season = Planner.learn(known.films, known.daily, known.today, forms=(ALONE,))
    dates = weekly(known.today, weeks, NOTICE, _FRIDAY)
    films = known.films[day_number(known.films["opens"]) >= dates[0]]
    chosen = films.sample(min(count, len(films)), random_state=world.seed)
    tried = [
        _compare_plans_of_film(world, week, film, known, (planner, season), dates) for _, film in chosen.iterrows()
    ]
    return pd.DataFrame(tried), str(planner.form)


def _compare_plans_of_film(
    world: World, week: int, film: pd.Series, known: PlanningData, planners: tuple[Planner, Planner], dates: IntArray
) -> dict[str, object]:
    """Simulate a film on all dates: what it takes on the date of each policy, and how that fits the plan."""
    planner, season = planners
    name, announced = film[FILM], int(day_number(film["opens"]))
    plans = planner.plan(name, dates)
    days = day_number(plans["opens"])
    row = [film_id(each) for each in range(len(world.films_of(week)))].index(name)
    gross = np.array([gross_if_opened(world, row, int(day) - _START) for day in days])
    offered, now = np.isin(days, dates), days == announced
    by_season = season.plan(name, dates)["q50"].to_numpy()
    gain, elsewhere = gross / gross[now] - 1, ~now
    inside = (gain >= plans["gain10"]) & (gain <= plans["gain90"])
    best = _best(plans["q50"].to_numpy(), offered)
    return {
        "plan": gross[best],
        "season only": gross[_best(by_season, offered)],
        "weekend of the genre's best": gross[days == _as_the_best(film, known, dates)][0],
        "any date": gross[offered].mean(),
        "announced": gross[now][0],
        "best in hindsight": gross[offered].max(),
        "promised": plans["gain50"][best],
        "covered": inside[elsewhere].to_numpy(),
        "chances": np.column_stack([plans["probability"], gain > 0])[elsewhere],
        "gross covered": coverage80(gross[now], plans["q10"][now].to_numpy(), plans["q90"][now].to_numpy()),
    }


def _best(expected: FloatArray, offered: np.ndarray) -> int:
    """The place of the greatest expected value among the dates that are offered."""
    return int(np.where(offered, expected, -np.inf).argmax())


def _as_the_best(film: pd.Series, known: PlanningData, dates: IntArray) -> int:
    """The date nearest, in the year, to the opening of the past film of its genres that has taken most."""
    taken = known.daily.groupby(FILM)["gross"].sum()
    past = known.films[day_number(known.films["opens"]) <= known.today].assign(
        taken=lambda films: films[FILM].map(taken).fillna(0.0)
    )
    alike = past[past["genres"].map(lambda names: bool(set(names) & set(film["genres"])))]
    best = (alike if len(alike) else past).sort_values(["taken", FILM]).iloc[-1]
    apart = np.abs(day_of_year(dates) - day_of_year(day_number(best["opens"])))
    return int(dates[np.minimum(apart, 365 - apart).argmin()])


def _compared(films: pd.DataFrame, policy: str) -> PlanComparison:
    """Compare the plan's dates with a policy's, with an interval drawn over worlds: films of one share a planner."""
    of_worlds = films.groupby("world")[["plan", policy]].sum()
    low, high = ratio_interval(of_worlds["plan"], of_worlds[policy], level=0.95)
    gain = float(films["plan"].sum() / films[policy].sum() - 1)
    better = float((films["plan"] > films[policy]).mean())
    return PlanComparison(policy, float(films[policy].mean()), gain, low - 1, high - 1, better)
