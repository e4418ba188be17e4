"""Matplotlib by its object API, without pyplot's global figures; same data, same bytes."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pipelines.report.figures.palette import GREY, INK, QUIET, RULE, themed

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cineloop",
    "font.family": ["DejaVu Sans"],
    "text.parse_math": False,  # a title may hold a dollar sign
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.facecolor": "none",
    "axes.labelcolor": QUIET,
    "axes.labelsize": 9,
    "axes.titlesize": 9,
    "axes.titlecolor": QUIET,
    "axes.titlelocation": "left",
    "axes.titlepad": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.xmargin": 0.04,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": GREY,
    "xtick.labelcolor": QUIET,
    "ytick.color": GREY,
    "ytick.labelcolor": QUIET,
    "ytick.left": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "figure.facecolor": "none",
    "savefig.facecolor": "auto",
}
_RIGHT, _TOP = 0.06, 0.3  # inches
_IDENTITY = re.compile(r'(\bid="|href="#|url\(#)')


@contextmanager
def style() -> Iterator[None]:
    """The look of all plots, while drawing and saving."""
    with mpl.rc_context(_STYLE):
        yield


def canvas(width: float, height: float, left: float = 0.48, bottom: float = 0.42) -> tuple[Figure, Axes]:
    """A figure with one pair of axes, in inches; `left` and `bottom` are the room for the axes' labels.

    Margins are fixed, so that plots that stand side by side line up.
    """
    figure = Figure(figsize=(width, height))
    across, down = width - left - _RIGHT, height - _TOP - bottom
    return figure, figure.add_axes((left / width, bottom / height, across / width, down / height))


def caption(axes: Axes, text: str) -> None:
    """Say above the axes, flush with the figure's left edge, what they measure and in which unit."""
    place = axes.get_position()
    axes.set_title(text, x=-place.x0 / place.width)


def to_png(figure: Figure) -> bytes:
    """The figure as a PNG; the same figure gives the same bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def to_svg(figure: Figure, name: str) -> str:
    """The figure as an `<svg>` to stand in a page; `name` keeps its ids apart from those of other figures."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    return themed(_IDENTITY.sub(rf"\g<1>{name}-", svg))
