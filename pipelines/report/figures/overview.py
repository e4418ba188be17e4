"""The loop in one picture, for a README."""

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from pipelines.report.absence import why_empty
from pipelines.report.contract import Report
from pipelines.report.figures import charts
from pipelines.report.figures.drawing import style, to_png
from pipelines.report.figures.lines import draw_lines
from pipelines.report.figures.palette import INK, PAPER, QUIET
from streaming.atomic_files import write_whole

_LEGEND: dict[str, Any] = {"frameon": False, "ncols": 2, "labelcolor": QUIET, "borderaxespad": 0}


def save_overview_png(report: Report, path: Path) -> None:
    """Write a PNG of 1200 × 500 pixels: click-through (or hit rate), regret and NDCG@10 by cycle.

    The same report gives the same bytes. The folder must exist.
    """
    panels = (charts.audience_chart(report.cycles), charts.REGRET, charts.RANKING)
    layout = ConstrainedLayoutEngine(w_pad=0.2, h_pad=0.15, wspace=0.06)
    with style():
        figure = Figure(figsize=(12, 5), dpi=100, layout=layout, facecolor=PAPER)
        for axes, chart in zip(figure.subplots(1, len(panels)), panels, strict=True):
            _draw_panel(axes, chart, report)
        write_whole(path, to_png(figure))


def _draw_panel(axes: Axes, chart: charts.Chart, report: Report) -> None:
    if chart.is_empty(report.cycles):
        axes.set_axis_off()
        sentence = textwrap.fill(why_empty(chart.name, report), 38)
        axes.text(0, 0.9, sentence, color=QUIET, style="italic", va="top", transform=axes.transAxes)
    else:
        draw_lines(axes, chart, report.cycles)
        handles = axes.get_lines()[len(chart.lines) - 1 :: -1] + (_verdicts(chart) if chart.gated else [])
        if len(handles) > 1:
            axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, -0.13), **_LEGEND)
    axes.set_title(chart.title, fontsize=14, weight="bold", color=INK, pad=24)
    axes.text(0, 1.03, chart.axis, color=QUIET, transform=axes.transAxes)


def _verdicts(chart: charts.Chart) -> list[Line2D]:
    colour = chart.lines[0].colour
    look: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 8, "markeredgecolor": colour}
    promoted = Line2D([], [], color=colour, label="promoted", **look)
    return [promoted, Line2D([], [], color=PAPER, label="kept", **look)]
