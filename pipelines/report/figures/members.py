"""The members beside each other, in one picture."""

import io
from collections.abc import Mapping

from pipelines.report.figures.drawing import canvas, caption, style
from pipelines.report.figures.palette import BLUE, GREY, PAPER

_BASELINE = "popularity"


def members_png(ndcg: Mapping[str, float]) -> bytes:
    """A PNG of bars, one a member, the best on top; the baseline in grey. The same numbers give the same bytes."""
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
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
