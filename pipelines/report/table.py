"""The one table of results that the terminal shows: a row a cycle, within 120 columns."""

from collections.abc import Callable

from rich import box
from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from pipelines.report.contract import Cycle, Feedback, RecommenderResult, Report
from pipelines.report.figures.charts import HIT_RATE, audience_chart
from pipelines.report.figures.notation import DASH, count, decimal, seconds

_NAME = "recommender"


def render_table(report: Report) -> Table:
    """The table of a report's cycles; what does not apply is a dash. Only a long model name is folded.

    Where real data is replayed and nobody could click, the hit rate stands in the click-through's place.
    """
    replayed = audience_chart(report.cycles) is HIT_RATE
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in _columns("hit rate\n@10 %" if replayed else "CTR/random/\noracle %"):
        justify: JustifyMethod = "left" if column == _NAME else "right"
        table.add_column(column, justify=justify, vertical="bottom", overflow="fold", no_wrap=column != _NAME)
    for cycle in report.cycles:
        table.add_row(*_cells(cycle, _hits(cycle.feedback) if replayed else _clicks(cycle.feedback)))
    return table


def _columns(audience: str) -> tuple[str, ...]:
    intake = ("cycle", "ingested", "quaran-\ntined")
    models = (_NAME, "NDCG@10/\nbaseline", "pro-\nmoted", "WAPE/\nbaseline %", "80 %\nband")
    return (*intake, *models, audience, "regret", "seconds")


def _cells(cycle: Cycle, audience: str) -> tuple[str | Text, ...]:
    ranking, forecast = cycle.recommender, cycle.forecaster
    return (
        str(cycle.cycle),
        count(cycle.ingested),
        count(cycle.quarantined),
        _model(ranking),
        _beside(decimal, ranking.ndcg_at_10, ranking.baseline_ndcg_at_10) if ranking else DASH,
        _gate(ranking),
        _beside(_hundredths, forecast.wape, forecast.baseline_wape) if forecast else DASH,
        _hundredths(forecast.cover80) if forecast else DASH,
        audience,
        decimal(cycle.feedback.regret),
        seconds(sum(cycle.seconds.values())) if cycle.seconds else DASH,
    )


def _clicks(feedback: Feedback) -> str:
    return _beside(_hundredths, feedback.ctr, feedback.random_ctr, feedback.oracle_ctr)


def _hits(feedback: Feedback) -> str:
    return _hundredths(feedback.hit_rate_at_10)


def _model(model: RecommenderResult | None) -> Text:
    if model is None:
        return Text(DASH)
    return Text(model.name if model.version is None else f"{model.name}@{model.version}")


def _gate(model: RecommenderResult | None) -> Text:
    if model is None:
        return Text(DASH)
    return Text("yes", style="green") if model.promoted else Text("no", style="dim")


def _hundredths(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.1f}"


def _beside(write: Callable[[float | None], str], *values: float | None) -> str:
    """Values with a slash between them, one dash where none is known."""
    return DASH if set(values) == {None} else "/".join(map(write, values))
