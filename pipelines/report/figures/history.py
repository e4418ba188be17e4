"""The forecaster as if it had run all along: its errors and the coverage of its intervals, week by week."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib.dates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipelines.report.figures.drawing import canvas, caption, style, to_png, to_svg
from pipelines.report.figures.palette import GREY, INK, ORANGE, PAPER, QUIET
from streaming.atomic_files import write_whole

_WANTED = 0.8
_ERROR, _COVERAGE = "WAPE: error in percent of the gross", "days inside the 80 % interval (%)"
_MOST = 2.0  # drawn of an error: in weeks without cinemas the baseline's may be any number


def draw_history(weeks: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write `backtest.png` of what `cineloop backtest` says of weeks into `folder`; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    return write_whole(folder / "backtest.png", history_png(pd.DataFrame(weeks)))


def history_png(accuracy: pd.DataFrame) -> bytes:
    """A PNG of 900 × 500 pixels from week, wape, baseline_wape and cover80; the same rows give the same bytes."""
    with style():
        figure = Figure(figsize=(9, 5), dpi=100, layout="constrained", facecolor=PAPER)
        above, below = figure.subplots(2, 1, sharex=True)
        _draw_error(above, accuracy)
        _draw_coverage(below, accuracy)
        above.set_title(_ERROR, color=INK)
        below.set_title(_COVERAGE, color=INK)
        above.legend(frameon=False, labelcolor=QUIET, ncols=2)
        return to_png(figure)


def error_svg(accuracy: pd.DataFrame) -> str:
    """The errors as an `<svg>` for the page."""
    return _svg(accuracy, _draw_error, _ERROR, "history-wape")


def coverage_svg(accuracy: pd.DataFrame) -> str:
    """The coverage as an `<svg>` for the page."""
    return _svg(accuracy, _draw_coverage, _COVERAGE, "history-cover80")


def _svg(accuracy: pd.DataFrame, draw: Any, axis: str, name: str) -> str:
    with style():
        figure, axes = canvas(4.5, 2.7)
        draw(axes, accuracy)
        caption(axes, axis)
        return to_svg(figure, name)


def _draw_error(axes: Axes, accuracy: pd.DataFrame) -> None:
    _line(axes, accuracy, "baseline_wape", color=GREY, linestyle=(0, (4, 2)), linewidth=1.2, label="baseline")
    _line(axes, accuracy, "wape", color=ORANGE, label="forecaster")
    top = float(np.nan_to_num(accuracy[["wape", "baseline_wape"]].to_numpy(dtype=float)).max(initial=0))
    axes.set_ylim(0, min(1.1 * top, _MOST) if top > 0 else 1)
    _scale(axes)


def _draw_coverage(axes: Axes, accuracy: pd.DataFrame) -> None:
    _line(axes, accuracy, "cover80", color=ORANGE)
    axes.axhline(_WANTED, color=INK, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_ylim(0, 1.05)
    _scale(axes)


def _line(axes: Axes, accuracy: pd.DataFrame, name: str, **look: Any) -> None:
    """A week that has none breaks the line."""
    values = accuracy.assign(week=pd.to_datetime(accuracy["week"])).set_index("week")[name].asfreq("W-MON")
    axes.plot(matplotlib.dates.date2num(values.index), values, **look)


def _scale(axes: Axes) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}"))
    places = matplotlib.dates.AutoDateLocator(minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(places)
    axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(places))
