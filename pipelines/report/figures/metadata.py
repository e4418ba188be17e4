"""The plots that assets show as metadata: the market of the next weeks, and the recommenders beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.dates
from matplotlib.figure import Figure

from pipelines.report.figures.drawing import canvas, caption, style, to_png
from pipelines.report.figures.palette import BLUE, GREEN, GREY, INK, OCHRE, ORANGE, PAPER, PINK, QUIET, VERMILION
from streaming.schema.events import MarketForecast

_MILLION = 1e6
_COLOURS = (ORANGE, GREEN, PINK, VERMILION, OCHRE)  # one a genre that is drawn
_BASELINE = "popularity"


def market_png(made: Sequence[MarketForecast]) -> bytes:
    """A PNG of 900 × 400 pixels: the median of all films with its 80 % interval, and those of the largest genres."""
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
        return to_png(figure)


def _total(forecast: MarketForecast) -> float:
    return sum(day.q50 for day in forecast.days)


def members_png(ndcg: Mapping[str, float]) -> bytes:
    """A PNG of bars, one a member, the best on top; the baseline in grey."""
    ranked = sorted(ndcg.items(), key=lambda member: member[1])
    with style():
        figure, axes = canvas(6, 0.6 + 0.3 * len(ranked), left=1.1, bottom=0.3)
        figure.set_facecolor(PAPER)
        colours = [GREY if name == _BASELINE else BLUE for name, _ in ranked]
        bars = axes.barh([name for name, _ in ranked], [value for _, value in ranked], color=colours)
        axes.bar_label(bars, fmt="%.3f", padding=3)
        axes.grid(visible=False)
        axes.margins(x=0.12)
        caption(axes, "NDCG@10 on the validation span, full ranking")
        return to_png(figure)
