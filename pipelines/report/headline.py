"""The four numbers that someone with ten seconds reads."""

from dataclasses import dataclass

from pipelines.report.absence import why_empty
from pipelines.report.contract import Report
from pipelines.report.figures import charts
from pipelines.report.figures.notation import KINDS, change


@dataclass(frozen=True)
class Tile:
    """A number, what it is compared with, and which of the two is better.

    `better` is None where they are equal or one is missing; `absence` is given where there is no number.
    """

    label: str
    kind: str
    moment: str = ""
    value: float | None = None
    reference: str = ""
    before: float | None = None
    better: bool | None = None
    absence: str | None = None

    @property
    def spoken(self) -> str:
        """The label inside a sentence: measures keep their capitals."""
        return self.label if self.label.isupper() else self.label[0].lower() + self.label[1:]

    @property
    def shift(self) -> str | None:
        """How far the number is from what it is compared with, in percent."""
        return change(self.value, self.before)


def tiles_of(report: Report) -> list[Tile]:
    """Click-through (or, replaying, hit rate), regret, and both models against their baselines."""
    audience = charts.audience_chart(report.cycles)
    label = "Hit rate" if audience is charts.HIT_RATE else "Click-through"
    return [
        _tile(report, label, audience, over_cycles=True),
        _tile(report, "Regret", charts.REGRET, over_cycles=True, rising=False),
        _tile(report, "NDCG@10", charts.RANKING),
        _tile(report, "WAPE", charts.FORECAST_ERROR, rising=False),
    ]


def _tile(report: Report, label: str, chart: charts.Chart, *, over_cycles: bool = False, rising: bool = True) -> Tile:
    """The newest value beside the first one, or beside the baseline's of the same cycle; `rising`: more is better."""
    first, last = chart.lines[0], chart.lines[-1]
    known = [cycle for cycle in report.cycles if first.pick(cycle) is not None]
    if not known:
        return Tile(label, chart.kind, absence=why_empty(chart.name, report))
    value, end = first.pick(known[-1]), f"cycle {known[-1].cycle}"
    before, beside = (
        (first.pick(known[0]), f"cycle {known[0].cycle}") if over_cycles else (last.pick(known[-1]), "baseline")
    )
    better = None if value is None or before is None or value == before else (value > before) == rising
    return Tile(label, chart.kind, end, value, beside, before, better)


def verdict(tiles: list[Tile]) -> str:
    """The report in one sentence: the first of the headline numbers that is known."""
    for tile in tiles:
        if tile.value is not None:
            return f"In {tile.moment}, {tile.spoken} {_standing(tile)}."
    return "The loop has not been measured yet."


def _standing(tile: Tile) -> str:
    if tile.better is None or tile.shift is None:
        return f"stands at {KINDS[tile.kind](tile.value)}"
    direction = "above" if tile.shift.startswith("+") else "below"
    reference = "its baseline" if tile.reference == "baseline" else tile.reference
    return f"is {tile.shift.lstrip('+−')} {direction} {reference}"
