"""The terminal's table: its cells, and its width."""

from io import StringIO

import pytest
from rich.console import Console

from pipelines.report.contract import Report
from pipelines.report.table import render_table
from tests.pipelines.report.report_example import cycle, example


def lines_of(report: Report, width: int = 120) -> list[str]:
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(render_table(report))
    return out.getvalue().splitlines()


def test_a_row_a_cycle_with_its_numbers() -> None:
    assert [" ".join(line.split()) for line in lines_of(example().report)[3:]] == [
        "1 70,001 10 transitions@1 0.072/0.061 yes 34.0/45.1 76.4 8.1/6.0/21.0 0.800 24.9",
        "2 70,002 20 transitions@2 0.073/0.061 yes 33.0/45.1 77.4 11.2/6.0/21.0 0.700 25.9",
        "3 70,003 30 transitions@3 0.074/0.061 no 32.0/45.1 78.4 13.2/6.0/21.0 0.600 26.9",
    ]


@pytest.mark.parametrize("width", [120, 100])
def test_it_fits_with_long_values_and_folds_only_names(width: int) -> None:
    turn = cycle(3) | {"cycle": 1234, "ingested": 12_345_678, "quarantined": 99_999}
    turn["recommender"] |= {"name": "transitions_blended", "version": "1234"}
    turn["feedback"] |= {"ctr": 0.1234, "random_ctr": 0.1111, "oracle_ctr": 0.9876, "regret": 12.345}
    lines = lines_of(Report(cycles=(turn,)), width)
    assert max(map(len, lines)) <= width
    cells = set(" ".join(lines).split())
    assert {"12,345,678", "99,999", "0.074/0.061", "32.0/45.1", "12.3/11.1/98.8", "12.345", "26.9"} <= cells


def test_what_does_not_apply_is_a_dash() -> None:
    assert lines_of(Report(cycles=({"cycle": 7},)))[3].split() == ["7", *"––––––––––"]


def test_replayed_data_shows_its_hit_rate() -> None:
    turn = cycle(1) | {"feedback": {"hit_rate@10": 0.1234}}
    lines = lines_of(Report(cycles=(turn,)))
    assert "hit rate" in lines[0]
    assert lines[3].split()[-3:] == ["12.3", "–", "24.9"]


def test_markup_in_a_name_is_text() -> None:
    turn = cycle(1)
    turn["recommender"] |= {"name": "[red]x[/red]"}
    assert "[red]x[/red]@1" in "\n".join(lines_of(Report(cycles=(turn,))))
