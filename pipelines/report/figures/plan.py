"""What a film would take by date, in one picture."""

import io
from pathlib import Path

import matplotlib.dates
from matplotlib.figure import Figure

from pipelines.planning.answer import PlanAnswer
from pipelines.report.figures.drawing import style
from pipelines.report.figures.palette import BLUE, INK, PAPER, QUIET
from streaming.atomic_files import write_whole

_MILLION = 1e6


def save_plan_png(answer: PlanAnswer, path: Path) -> None:
    """Write a PNG of 900 × 400 pixels: the median by date with its 80 % interval, and where the announced date stands.

    The same answer gives the same bytes. The folder must exist.
    """
    rows = [row for row in answer.dates if row["scale"] == 1]
    dates = [row["opens"] for row in rows]
    low, middle, high = ([row[name] / _MILLION for row in rows] for name in ("q10", "q50", "q90"))
    now = next(row for row in rows if row["announced"])
    with style():
        figure = Figure(figsize=(9, 4), dpi=100, layout="constrained", facecolor=PAPER)
        axes = figure.subplots()
        axes.fill_between(dates, low, high, color=BLUE, alpha=0.15, linewidth=0)
        axes.plot(dates, middle, color=BLUE)
        axes.plot([now["opens"]], [now["q50"] / _MILLION], "o", color=INK, label="announced")
        axes.legend(frameon=False, labelcolor=QUIET)
        axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
        axes.set_ylim(bottom=0)
        axes.set_title(f"{answer.facts['title']}: million dollars in ten weeks, by the day of the opening", color=INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    write_whole(path, buffer.getvalue())
