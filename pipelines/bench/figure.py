"""One measured figure, and the table that figures make."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured, in its unit, and the yardstick of the same run that it is a ratio to."""

    what: str
    value: float
    unit: str
    yardstick: float
    beside: str

    def row(self) -> str:
        """As a line of the table."""
        ratio = self.value / self.yardstick if self.yardstick else float("nan")
        return f"| {self.what} | {_number(self.value)} {self.unit} | {ratio:.3g} × | {self.beside} |"


def table(figures: Sequence[Figure]) -> str:
    """The figures in Markdown."""
    head = "| what | measured | ratio | to |\n|---|---|---|---|"
    return "\n".join((head, *(figure.row() for figure in figures)))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.4g}"
