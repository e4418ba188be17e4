"""The README's picture, and what drawing leaves behind: nothing global."""

import io
import struct
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from pipelines.report.contract import Report
from pipelines.report.figures.drawing import style
from pipelines.report.figures.metadata import members_png
from pipelines.report.figures.overview import save_overview_png
from tests.commands import REPOSITORY
from tests.pipelines.report.report_example import cycle, example


def size_of(png: bytes) -> tuple[int, ...]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_the_same_report_gives_the_same_picture(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("a.png", "b.png", "c.png"))
    save_overview_png(example().report, first)
    save_overview_png(example().report, second)
    save_overview_png(Report(cycles=(cycle(1), cycle(2))), other)
    assert size_of(first.read_bytes()) == (1200, 500)
    assert first.read_bytes() == second.read_bytes() != other.read_bytes()
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("report", [Report(), Report(cycles=({"cycle": 1, "feedback": {"hit_rate@10": 0.2}},))])
def test_a_report_without_numbers_has_a_picture_too(report: Report, tmp_path: Path) -> None:
    save_overview_png(report, tmp_path / "a.png")
    assert size_of((tmp_path / "a.png").read_bytes()) == (1200, 500)


def test_the_picture_says_why_a_panel_is_empty(tmp_path: Path) -> None:
    for name, viewing in (("none.png", 0), ("few.png", 5)):
        report = Report(data={"silver": {"viewing": viewing}}, cycles=({"cycle": 1},))
        save_overview_png(report, tmp_path / name)
    assert (tmp_path / "none.png").read_bytes() != (tmp_path / "few.png").read_bytes()


def test_matplotlib_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    save_overview_png(example().report, tmp_path / "a.png")
    assert dict(mpl.rcParams) == before


def test_pyplot_is_not_needed_and_the_contract_needs_no_plots() -> None:
    code = """
import sys
import pipelines.report.contract, pipelines.report.table
assert "matplotlib" not in sys.modules and "pandas" not in sys.modules, "the table must be there at once"
import pipelines.report.page, pipelines.report.figures.overview
assert "matplotlib.pyplot" not in sys.modules, "pyplot has global figures"
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)


def test_the_members_stand_beside_each_other() -> None:
    numbers = {"als": 0.1, "popularity": 0.05, "composition": 0.2}
    assert members_png(numbers) == members_png(dict(reversed(numbers.items())))
    assert size_of(members_png({**numbers, "ease": 0.15}))[1] > size_of(members_png(numbers))[1]


def test_a_title_with_dollar_signs_is_no_formula() -> None:
    with style():
        figure = Figure()
        figure.subplots().set_title("$\\frac{1}{ and $_{$")
        figure.savefig(io.BytesIO(), format="png")
