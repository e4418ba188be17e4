"""BENCHMARKS.md keeps what was measured before, whoever wrote it."""

from pathlib import Path

import pytest

from pipelines.bench.figure import keep

_BY_HAND = "By a script, once.\n\n| what | card |\n|---|---|\n| an epoch | 4.6 s |"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    file = tmp_path / "BENCHMARKS.md"
    keep(file, "serving", "`make bench`\n\n| what |")
    keep(file, "training on a graphics card", _BY_HAND)
    return file


def test_a_part_replaces_what_was_said_of_it_and_nothing_else(out: Path) -> None:
    keep(out, "serving", "anew")
    written = out.read_text()
    assert "## serving\n\nanew\n" in written and "| what |\n" not in written
    assert f"## training on a graphics card\n\n{_BY_HAND}\n" in written


def test_parts_stand_in_the_order_of_their_names(out: Path) -> None:
    keep(out, "flow", "events")
    heads = [line for line in out.read_text().splitlines() if line.startswith("#")]
    assert heads == ["# Benchmarks", "## flow", "## serving", "## training on a graphics card"]


def test_what_is_kept_again_changes_no_byte(out: Path) -> None:
    before = out.read_bytes()
    keep(out, "training on a graphics card", _BY_HAND)
    assert out.read_bytes() == before
