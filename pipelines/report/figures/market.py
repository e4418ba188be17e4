"""The market of the next weeks, in one picture."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib.dates
from matplotlib.figure import Figure

from pipelines.report.figures.drawing import style
from pipelines.report.figures.palette import BLUE, GREEN, INK, OCHRE, ORANGE, PAPER, PINK, QUIET, VERMILION
from streaming.schema.events import MarketForecast

_MILLION = 1e6
_COLOURS = (ORANGE, GREEN, PINK, VERMILION, OCHRE)  # one a genre that is drawn


def market_png(made: Sequence[MarketForecast]) -> bytes:
    """A PNG of 900 × 400 pixels: the median of all films with its 80 % interval, and those of the largest genres.

    The same forecasts give the same bytes.
    """
    whole = next(each for each in made if each.genre is None)
    genres = sorted((each for each in made if each.genre is not None), key=lambda each: (-_total(each), each.subject))
    with style():
        figure = Figure(figsize=(9, 4), dpi=100, layout="constrained", facecolor=PAPER)
        axes = figure.subplots()
        dates: Any = [day.date for day in whole.days]
        low, high = ([getattr(day, name) / _MILLION for day in whole.days] for name in ("q10", "q90"))
        axes.fill_between(dates, low, high, color=BLUE, alpha=0.15, linewidth=0)
        for each, colour in zip((whole, *genres), (BLUE, *_COLOURS), strict=False):
            axes.plot(dates, [day.q50 / _MILLION for day in each.days], color=colour, label=each.genre or "all films")
        axes.legend(frameon=False, labelcolor=QUIET, ncols=3)
        axes.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(axes.xaxis.get_major_locator()))
        axes.set_ylim(bottom=0)
        axes.set_title("million dollars a day", color=INK)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _total(forecast: MarketForecast) -> float:
    return sum(day.q50 for day in forecast.days)
