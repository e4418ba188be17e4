"""One measured figure, the table that figures make, and the file of tables: a section a part, sorted by name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from streaming.atomic_files import write_whole

_HEAD = """# Benchmarks

Rates on a shared machine drift; the ratio is to a yardstick of the same run. Each part names the command that made it.
"""
_SECTION = re.compile(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", flags=re.MULTILINE | re.DOTALL)


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


def keep(out: Path, part: str, text: str) -> None:
    """Put a part's section into the file, in place of what it said of that part before; all others stay as they are."""
    sections = dict(_SECTION.findall(out.read_text() if out.exists() else ""))
    sections[part] = text
    told = (f"## {name}\n\n{sections[name].strip()}\n" for name in sorted(sections))
    write_whole(out, "\n".join((_HEAD, *told)).encode())
