"""What is drawn by cycle, declared: lines over the cycles of a report."""

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.report.contract import Cycle
from pipelines.report.figures.palette import BLUE, GREEN, GREY, ORANGE, VERMILION

Pick = Callable[[Cycle], float | None]
Gate = Callable[[Cycle], bool | None]


@dataclass(frozen=True)
class Line:
    """One value a cycle. `dash` is in points on, points off, …; a chart's first line is what it is about."""

    label: str
    pick: Pick
    colour: str
    dash: tuple[int, ...] = ()


@dataclass(frozen=True)
class Chart:
    """Lines over cycles on one scale; `gate` says of a cycle whether its candidate was promoted."""

    name: str
    title: str
    axis: str
    lines: tuple[Line, ...]
    percent: bool = True
    target: float | None = None
    gate: Gate | None = None

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


def _recommender(field: str) -> Pick:
    return lambda cycle: getattr(cycle.recommender, field, None)


def _forecaster(field: str) -> Pick:
    return lambda cycle: getattr(cycle.forecaster, field, None)


def _scripts(field: str) -> Pick:
    return lambda cycle: getattr(cycle.scripts, field, None)


def _market(field: str) -> Pick:
    return lambda cycle: getattr(cycle.market, field, None)


CLICK_THROUGH = Chart(
    "click-through",
    "Click-through",
    "clicks per film shown (%)",
    (
        Line("shown by the loop", lambda cycle: cycle.feedback.ctr, BLUE),
        Line("oracle", lambda cycle: cycle.feedback.oracle_ctr, GREEN, (6, 3)),
        Line("random", lambda cycle: cycle.feedback.random_ctr, GREY, (1, 2)),
    ),
)
REGRET = Chart(
    "regret",
    "Regret",
    "expected clicks that a slate falls short of the best",
    (Line("regret", lambda cycle: cycle.feedback.regret, VERMILION),),
    percent=False,
)
HIT_RATE = Chart(
    "hit-rate",
    "Hit rate",
    "viewers whose 10 films held what they chose (%)",
    (Line("hit rate@10", lambda cycle: cycle.feedback.hit_rate_at_10, BLUE),),
)
RANKING = Chart(
    "ndcg",
    "Ranking quality",
    "NDCG@10, all films ranked (0–1)",
    (
        Line("candidate", _recommender("ndcg_at_10"), BLUE),
        Line("baseline", _recommender("baseline_ndcg_at_10"), GREY, (4, 2)),
    ),
    percent=False,
    gate=lambda cycle: getattr(cycle.recommender, "promoted", None),
)
CATALOGUE_COVERAGE = Chart(
    "catalogue-coverage",
    "Catalogue coverage",
    "films that some viewer gets in the first 10 (%)",
    (Line("candidate", _recommender("coverage_at_10"), BLUE),),
)
FORECAST_ERROR = Chart(
    "wape",
    "Forecast error",
    "WAPE: error in percent of the gross",
    (
        Line("candidate", _forecaster("wape"), ORANGE),
        Line("baseline", _forecaster("baseline_wape"), GREY, (4, 2)),
    ),
    gate=lambda cycle: getattr(cycle.forecaster, "promoted", None),
)
FORECAST_COVERAGE = Chart(
    "cover80",
    "Interval coverage",
    "days inside the 80 % interval (%)",
    (Line("candidate", _forecaster("cover80"), ORANGE),),
    target=0.8,
)
MARKET_ERROR = Chart(
    "market-wape",
    "Market forecast error",
    "WAPE: error in percent of the gross",
    (
        Line("all films", _market("wape"), BLUE),
        Line("genres", _market("genre_wape"), ORANGE),
        Line("weekdays repeated", _market("baseline_wape"), GREY, (4, 2)),
    ),
)
MARKET_COVERAGE = Chart(
    "market-cover80",
    "Market interval coverage",
    "days inside the 80 % interval (%)",
    (
        Line("all films", _market("cover80"), BLUE),
        Line("genres", _market("genre_cover80"), ORANGE),
    ),
    target=0.8,
)
SCRIPT_STARS = Chart(
    "script-stars",
    "What readers gave to drafts",
    "mean stars (0.5–5)",
    (
        Line("by the brief", _scripts("briefed_stars"), BLUE),
        Line("by chance", _scripts("unbriefed_stars"), GREY, (4, 2)),
    ),
    percent=False,
)
SCRIPT_LIKING = Chart(
    "script-liking",
    "Appeal of drafts in truth",
    "hidden taste of the segment (standard deviations)",
    (
        Line("by the brief", _scripts("briefed_liking"), BLUE),
        Line("by chance", _scripts("unbriefed_liking"), GREY, (4, 2)),
    ),
    percent=False,
)
CHARTS = (
    CLICK_THROUGH,
    REGRET,
    HIT_RATE,
    RANKING,
    CATALOGUE_COVERAGE,
    FORECAST_ERROR,
    FORECAST_COVERAGE,
    MARKET_ERROR,
    MARKET_COVERAGE,
    SCRIPT_STARS,
    SCRIPT_LIKING,
)


def audience_chart(cycles: tuple[Cycle, ...]) -> Chart:
    """Click-through; or, where nobody could click (real data is replayed), the hit rate."""
    replayed = CLICK_THROUGH.is_empty(cycles) and not HIT_RATE.is_empty(cycles)
    return HIT_RATE if replayed else CLICK_THROUGH
