"""An audience remembers what it watched, and can be killed at any point."""

import gzip
from pathlib import Path

import pytest

from streaming.audience.audience import Audience
from streaming.audience.clock import ends
from streaming.audience.world import World
from streaming.errors import EndOfTime, WeekStoreError
from streaming.schema.events import Play
from tests.streaming.audience.stage import SMALL, as_lines, pseudonym, random_slates, truth_of_week


def audience(folder: Path, world: World = SMALL) -> Audience:
    """A process's audience: nothing is shared with another one but the folder."""
    return Audience(world, folder, pseudonym)


def live(folder: Path, week: int) -> list[str]:
    """A week lived by a fresh process."""
    return as_lines(audience(folder).live(week, random_slates(SMALL, week)))


def test_a_week_killed_before_it_was_written_down_is_lived_again_alike(tmp_path: Path) -> None:
    weeks = [live(tmp_path, week) for week in (1, 2, 3)]
    (tmp_path / "week-00003.json.gz").unlink()
    assert live(tmp_path, 3) == weeks[2]


def test_a_week_killed_after_it_was_written_down_is_lived_again_alike(tmp_path: Path) -> None:
    weeks = [live(tmp_path, week) for week in (1, 2)]
    page = (tmp_path / "week-00002.json.gz").read_bytes()
    assert live(tmp_path, 2) == weeks[1]
    assert (tmp_path / "week-00002.json.gz").read_bytes() == page


def test_a_week_lived_again_after_later_ones_does_not_know_them(tmp_path: Path) -> None:
    weeks = [live(tmp_path, week) for week in (1, 2, 3)]
    assert live(tmp_path, 2) == weeks[1]


def test_nothing_is_watched_twice_in_all_weeks(tmp_path: Path) -> None:
    told = [e for week in range(1, 9) for e, _ in audience(tmp_path).live(week, random_slates(SMALL, week))]
    plays = [(e.viewer_id, e.film_id) for e in told if isinstance(e, Play)]
    assert len(plays) == len(set(plays)) > 500


def test_the_truth_is_kept(tmp_path: Path) -> None:
    slates = random_slates(SMALL)
    audience(tmp_path).live(1, slates)
    assert audience(tmp_path).truth(1) == truth_of_week(SMALL, 1, slates, {})
    assert audience(tmp_path).weeks() == [1]


def test_the_opening_needs_no_folder(tmp_path: Path) -> None:
    one = audience(tmp_path / "none")
    assert len(one.opening()) > 500
    assert one.weeks() == []
    assert not (tmp_path / "none").exists()


def test_no_raw_name_is_written_down(tmp_path: Path) -> None:
    live(tmp_path, 1)
    page = gzip.decompress((tmp_path / "week-00001.json.gz").read_bytes())
    assert b"cineloop.example" not in page
    assert pseudonym("viewer-000003@cineloop.example").encode() in page


def test_a_week_that_was_skipped_is_named(tmp_path: Path) -> None:
    live(tmp_path, 1)
    with pytest.raises(WeekStoreError, match=r"week-00002.json.gz is missing; live week 2"):
        live(tmp_path, 3)


@pytest.mark.parametrize("bytes_left", [0, 20, -3])
def test_a_torn_page_is_named(tmp_path: Path, bytes_left: int) -> None:
    live(tmp_path, 1)
    page = tmp_path / "week-00001.json.gz"
    page.write_bytes(page.read_bytes()[:bytes_left])
    with pytest.raises(WeekStoreError, match=r"torn .* live week 1 again"):
        live(tmp_path, 2)


def test_the_page_of_another_world_is_refused(tmp_path: Path) -> None:
    live(tmp_path, 1)
    with pytest.raises(WeekStoreError, match="a state folder of its own"):
        audience(tmp_path, World(8, viewers=60, films=80)).truth(1)


def test_a_week_past_the_limit_leaves_no_page(tmp_path: Path) -> None:
    with pytest.raises(EndOfTime, match=r"week 1 ends at .* another state folder"):
        audience(tmp_path).live(1, {}, limit=ends(1) - 1)
    assert audience(tmp_path).weeks() == []
    assert audience(tmp_path).live(1, {}, limit=ends(1)) == audience(tmp_path / "free").live(1, {})
