"""Draws a chart of lines over cycles."""

import math
from dataclasses import replace

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipelines.report.contract import Cycle
from pipelines.report.figures.charts import Chart, Line
from pipelines.report.figures.drawing import canvas, caption, style, to_svg
from pipelines.report.figures.notation import KINDS
from pipelines.report.figures.palette import INK, PAPER

_MARKED = 40  # cycles; with more of them marks would run into one another
_ALL_NAMED = 12  # cycles that all get a tick


def line_svg(chart: Chart, cycles: tuple[Cycle, ...]) -> str:
    """The chart as an `<svg>` for the page."""
    with style():
        figure, axes = canvas(4.5, 2.7)
        draw_lines(axes, chart, cycles)
        caption(axes, chart.axis)
        return to_svg(figure, chart.name)


def draw_lines(axes: Axes, chart: Chart, cycles: tuple[Cycle, ...]) -> None:
    """Draw the chart, without a title; values that are missing break their line."""
    for line in reversed(chart.lines):
        _draw_line(axes, line, cycles)
    if chart.target is not None:
        axes.axhline(chart.target, color=INK, linewidth=1, linestyle=(0, (1, 2)))
    if chart.gated:
        _mark_gate(axes, chart.lines[0], cycles)
    _scale(axes, chart, cycles)
    _name_last(axes, chart.known(cycles), chart.kind)


def _draw_line(axes: Axes, line: Line, cycles: tuple[Cycle, ...]) -> None:
    numbers = [cycle.cycle for cycle in cycles]
    values = [math.nan if (value := line.pick(cycle)) is None else value for cycle in cycles]
    dash = (0, line.dash) if line.dash else "-"
    mark = "o" if len(cycles) <= _MARKED else ""
    axes.plot(numbers, values, marker=mark, color=line.colour, linestyle=dash, label=line.label)


def _mark_gate(axes: Axes, line: Line, cycles: tuple[Cycle, ...]) -> None:
    """A full disc where the candidate was promoted, an open one where it was not."""
    verdict = replace(line, field=f"{line.field.partition('.')[0]}.promoted")
    for cycle in cycles if len(cycles) <= _MARKED else ():
        if (value := line.pick(cycle)) is not None:
            face = line.colour if verdict.pick(cycle) else PAPER
            axes.plot(cycle.cycle, value, "o", ms=8, color=face, markeredgecolor=line.colour, zorder=3)


def _name_last(axes: Axes, known: list[tuple[int, float]], kind: str) -> None:
    """Write the last value beside its mark: below it where the line falls and there is room, else above."""
    values = [value for _, value in known]
    falls = len(values) > 1 and values[-2] > values[-1] > axes.get_ylim()[1] / 4
    for last in known[-1:]:
        place = (0, -16 if falls else 7)
        text = KINDS[kind](last[1])
        axes.annotate(text, last, place, textcoords="offset points", ha="center", color=INK, weight="bold")


def _scale(axes: Axes, chart: Chart, cycles: tuple[Cycle, ...]) -> None:
    values = [line.pick(cycle) or 0.0 for line in chart.lines for cycle in cycles]
    top = max([*values, chart.target or 0.0])
    axes.set_ylim(min([*values, 0.0]), 1.18 * top or 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    if chart.percent:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}"))
    _name_cycles(axes, cycles)


def _name_cycles(axes: Axes, cycles: tuple[Cycle, ...]) -> None:
    """Whole numbers along the x axis: all cycles where they are few."""
    numbers = [cycle.cycle for cycle in cycles]
    if len(numbers) <= _ALL_NAMED:
        axes.set_xticks(numbers)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    if numbers:
        axes.set_xlim(numbers[0] - 0.4, numbers[-1] + 0.4)
    axes.set_xlabel("cycle")
