"""What is drawn by cycle, declared: lines over the cycles of a report."""

from dataclasses import dataclass
from typing import Any

from pipelines.report.contract import Cycle
from pipelines.report.figures.palette import BLUE, GREEN, GREY, ORANGE, VERMILION

_DASHED = (4, 2)


@dataclass(frozen=True)
class Line:
    """One value a cycle. `dash` is in points on, points off, …; a chart's first line is what it is about."""

    label: str
    field: str  # of a cycle, such as `recommender.ndcg_at_10`
    colour: str
    dash: tuple[int, ...] = ()

    def pick(self, cycle: Cycle) -> float | None:
        """The cycle's value; None where it has none."""
        part: Any = cycle
        for name in self.field.split("."):
            part = getattr(part, name, None)
        return None if part is None else float(part)


@dataclass(frozen=True)
class Chart:
    """Lines over cycles on one scale; `gated`: it says of each cycle whether its candidate was promoted."""

    name: str
    title: str
    axis: str
    lines: tuple[Line, ...]
    percent: bool = True
    target: float | None = None
    gated: bool = False

    @property
    def kind(self) -> str:
        """How its values are written: a key of `notation.KINDS`."""
        return "percent" if self.percent else "decimal"

    def known(self, cycles: tuple[Cycle, ...]) -> list[tuple[int, float]]:
        """The cycles that have a value for the first line, and that value."""
        values = ((cycle.cycle, self.lines[0].pick(cycle)) for cycle in cycles)
        return [(number, value) for number, value in values if value is not None]

    def is_empty(self, cycles: tuple[Cycle, ...]) -> bool:
        """Whether no cycle has a value for the first line."""
        return not self.known(cycles)


def _of_models(family: str, measure: str, colour: str) -> tuple[Line, Line]:
    """The candidate's measure at the gate, and the baseline's."""
    candidate = Line("candidate", f"{family}.{measure}", colour)
    return candidate, Line("baseline", f"{family}.baseline_{measure}", GREY, _DASHED)


def _of_drafts(measure: str) -> tuple[Line, Line]:
    briefed = Line("by the brief", f"scripts.briefed_{measure}", BLUE)
    return briefed, Line("by chance", f"scripts.unbriefed_{measure}", GREY, _DASHED)


_CLICKS = (
    Line("shown by the loop", "feedback.ctr", BLUE),
    Line("oracle", "feedback.oracle_ctr", GREEN, (6, 3)),
    Line("random", "feedback.random_ctr", GREY, (1, 2)),
)
_MARKET_ERRORS = (
    Line("all films", "market.wape", BLUE),
    Line("genres", "market.genre_wape", ORANGE),
    Line("weekdays repeated", "market.baseline_wape", GREY, _DASHED),
)
_MARKET_COVERAGES = (Line("all films", "market.cover80", BLUE), Line("genres", "market.genre_cover80", ORANGE))
_REGRETS = (Line("regret", "feedback.regret", VERMILION),)
_HITS = (Line("hit rate@10", "feedback.hit_rate_at_10", BLUE),)
_COVERED_FILMS = (Line("candidate", "recommender.coverage_at_10", BLUE),)
_COVERED_DAYS = (Line("candidate", "forecaster.cover80", ORANGE),)
_RANKINGS, _ERRORS = _of_models("recommender", "ndcg_at_10", BLUE), _of_models("forecaster", "wape", ORANGE)
_WAPE, _INSIDE = "WAPE: error in percent of the gross", "days inside the 80 % interval (%)"
_SHORT = "expected clicks that a slate falls short of the best"
_HIDDEN = "hidden taste of the segment (standard deviations)"

CLICK_THROUGH = Chart("click-through", "Click-through", "clicks per film shown (%)", _CLICKS)
REGRET = Chart("regret", "Regret", _SHORT, _REGRETS, percent=False)
HIT_RATE = Chart("hit-rate", "Hit rate", "viewers whose 10 films held what they chose (%)", _HITS)
RANKING = Chart("ndcg", "Ranking quality", "NDCG@10, all films ranked (0–1)", _RANKINGS, percent=False, gated=True)
CATALOGUE_COVERAGE = Chart(
    "catalogue-coverage", "Catalogue coverage", "films that some viewer gets in the first 10 (%)", _COVERED_FILMS
)
FORECAST_ERROR = Chart("wape", "Forecast error", _WAPE, _ERRORS, gated=True)
FORECAST_COVERAGE = Chart("cover80", "Interval coverage", _INSIDE, _COVERED_DAYS, target=0.8)
MARKET_ERROR = Chart("market-wape", "Market forecast error", _WAPE, _MARKET_ERRORS)
MARKET_COVERAGE = Chart("market-cover80", "Market interval coverage", _INSIDE, _MARKET_COVERAGES, target=0.8)
SCRIPT_STARS = Chart(
    "script-stars", "What readers gave to drafts", "mean stars (0.5–5)", _of_drafts("stars"), percent=False
)
SCRIPT_LIKING = Chart("script-liking", "Appeal of drafts in truth", _HIDDEN, _of_drafts("liking"), percent=False)
CHARTS = (
    *(CLICK_THROUGH, REGRET, HIT_RATE, RANKING, CATALOGUE_COVERAGE, FORECAST_ERROR, FORECAST_COVERAGE),
    *(MARKET_ERROR, MARKET_COVERAGE, SCRIPT_STARS, SCRIPT_LIKING),
)


def audience_chart(cycles: tuple[Cycle, ...]) -> Chart:
    """Click-through; or, where nobody could click (real data is replayed), the hit rate."""
    replayed = CLICK_THROUGH.is_empty(cycles) and not HIT_RATE.is_empty(cycles)
    return HIT_RATE if replayed else CLICK_THROUGH
