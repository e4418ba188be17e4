"""Where the seconds of a cycle went: a bar a cycle, cut into its stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from pipelines.report.contract import Cycle
from pipelines.report.figures.drawing import canvas, style, to_svg
from pipelines.report.figures.palette import BLUE, GREEN, GREY, OCHRE, ORANGE, PAPER, PINK, SKY, VERMILION

_COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, OCHRE)
_NEWEST = 12  # cycles; more bars than that cannot be told apart
OTHER = "other stages"


@dataclass(frozen=True)
class Stage:
    """A stage, its colour, and its seconds in each of the cycles shown."""

    name: str
    colour: str
    seconds: tuple[float, ...]


def timed(cycles: Sequence[Cycle]) -> tuple[Cycle, ...]:
    """The newest cycles with a stage that was timed, at most 12."""
    return tuple(cycle for cycle in cycles if cycle.seconds)[-_NEWEST:]


def stage_names(cycles: Sequence[Cycle]) -> list[str]:
    """All stages, in the order in which they were first met."""
    return list(dict.fromkeys(name for cycle in cycles for name in cycle.seconds))


def stages_of(cycles: Sequence[Cycle]) -> list[Stage]:
    """The stages to be drawn: the seven longest in the order of their running, and the others as one."""
    total = {name: sum(cycle.seconds.get(name, 0.0) for cycle in cycles) for name in stage_names(cycles)}
    longest = set(sorted(total, key=lambda name: (-total[name], name))[: len(_COLOURS)])
    kept = [name for name in total if name in longest]
    rest = [name for name in total if name not in longest]
    stages = [
        Stage(name, colour, tuple(cycle.seconds.get(name, 0.0) for cycle in cycles))
        for name, colour in zip(kept, _COLOURS, strict=False)
    ]
    if rest:
        others = tuple(sum(cycle.seconds.get(name, 0.0) for name in rest) for cycle in cycles)
        stages.append(Stage(OTHER, GREY, others))
    return stages


def stages_svg(cycles: Sequence[Cycle]) -> str:
    """The bars as an `<svg>` for the page, the first of the cycles on top."""
    with style():
        figure, axes = canvas(4.5, 0.75 + 0.32 * len(cycles), left=0.75)
        _draw(axes, stages_of(cycles), len(cycles))
        axes.set_yticks(range(len(cycles)), [f"cycle {cycle.cycle}" for cycle in cycles])
        return to_svg(figure, "stages")


def _draw(axes: Axes, stages: list[Stage], bars: int) -> None:
    start = [0.0] * bars
    look: dict[str, Any] = {"height": 0.68, "edgecolor": PAPER, "linewidth": 0.8}
    for stage in stages:
        axes.barh(range(bars), stage.seconds, left=start, color=stage.colour, **look)
        start = [before + more for before, more in zip(start, stage.seconds, strict=True)]
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("seconds")
