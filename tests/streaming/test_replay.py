"""Real data onto the topics: whole, in order, in windows, once."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.datasets.dataset import Dataset
from streaming.datasets.recognise import recognise
from streaming.errors import DatasetError, DeliveryError
from streaming.kafka.consumer import Offsets, Received, end_offsets, read_records, read_topic
from streaming.kafka.dead_letters import list_letters
from streaming.kafka.topics import CATALOGUE, DEAD_LETTERS, VIEWING
from streaming.replay.ledger import ReplayCounts, ReplayLedger
from streaming.replay.run import replay
from streaming.schema.identity import Pseudonymiser
from tests.streaming.samples import movielens_1m

pytestmark = pytest.mark.kafka

KEY = b"k" * 32
TOPICS = [CATALOGUE.name, VIEWING.name, DEAD_LETTERS.name]


@pytest.fixture
def ends(broker: EmbeddedBroker) -> Offsets:
    """Where the topics ended before the test."""
    return end_offsets(broker.bootstrap, TOPICS)


def dataset(folder: Path, ratings: int, broken: int = 0) -> Dataset:
    """So many ratings at seconds 1, 2, … by 21 viewers, last line first; then broken lines; and two films."""
    rows = [f"{second % 21}::1::3::{second}" for second in range(ratings, 0, -1)]
    rows += [f"{number}::1::good::{number}" for number in range(broken)]
    movies = b"1::Heat (1995)::Crime\n2::Ronin (1998)::Crime\n"
    return recognise(movielens_1m(folder, "\n".join(rows).encode(), movies))


def seconds(broker: EmbeddedBroker, ends: Offsets) -> list[int]:
    """The times of all ratings that came since `ends`, sorted, in seconds."""
    return sorted(each.event.occurred_at // 1000 for each in ratings(broker, ends))


def ratings(broker: EmbeddedBroker, ends: Offsets) -> Iterator[Received]:
    return read_topic(broker.bootstrap, VIEWING.name, ends[VIEWING.name])


def test_every_row_arrives_in_order_for_each_viewer(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    counts = replay([dataset(tmp_path, 200, broken=3)], broker.bootstrap, KEY)
    assert counts == ReplayCounts(produced=202, dead_lettered=3)
    assert seconds(broker, ends) == list(range(1, 201))
    times: dict[str, list[int]] = {}
    for each in ratings(broker, ends):
        times.setdefault(each.event.viewer_id, []).append(each.event.occurred_at)
    assert set(times) == {Pseudonymiser(KEY)(f"ml-1m:{viewer}") for viewer in range(21)}
    assert all(seen == sorted(seen) for seen in times.values())
    letters = list(read_topic(broker.bootstrap, DEAD_LETTERS.name, ends[DEAD_LETTERS.name]))
    assert sorted(each.event.origin for each in letters) == [f"ml-1m/ratings.dat#L{n}" for n in (201, 202, 203)]
    films = list(read_topic(broker.bootstrap, CATALOGUE.name, ends[CATALOGUE.name]))
    assert sorted(each.event.title for each in films) == ["Heat (1995)", "Ronin (1998)"]


def test_a_record_says_which_file_and_line_it_came_from(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    replay([dataset(tmp_path, 3)], broker.bootstrap, KEY)
    records = read_records(broker.bootstrap, VIEWING.name, ends[VIEWING.name])
    sources = {dict(record.headers)["ce_source"].decode() for record in records}
    assert sources == {f"ml-1m/ratings.dat#L{line}" for line in (1, 2, 3)}


def test_windows_cut_the_sequence_into_equal_parts(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    data = [dataset(tmp_path, 100, broken=2)]
    seen = []
    for number in (1, 2, 3):
        before = end_offsets(broker.bootstrap, TOPICS)
        counts = replay(data, broker.bootstrap, KEY, window=(number, 3))
        assert counts.dead_lettered == (2 if number == 1 else 0)
        assert counts.produced == len(seconds(broker, before)) + (2 if number == 1 else 0), "the films come first"
        seen.append(seconds(broker, before))
    assert seen == [list(range(1, 34)), list(range(34, 67)), list(range(67, 101))]


def test_data_sets_are_merged_by_time(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    first = recognise(movielens_1m(tmp_path / "a", b"1::1::3::10\n1::1::3::30\n"))
    second = recognise(movielens_1m(tmp_path / "b", b"2::1::3::20\n2::1::3::40\n", b"2::Ronin (1998)::Crime"))
    replay([first, second], broker.bootstrap, KEY, window=(1, 2))
    assert seconds(broker, ends) == [10, 20]
    replay([first, second], broker.bootstrap, KEY, window=(2, 2))
    assert seconds(broker, ends) == [10, 20, 30, 40]


def test_a_second_replay_adds_no_new_id_and_no_new_letter(
    broker: EmbeddedBroker, ends: Offsets, tmp_path: Path
) -> None:
    data = [dataset(tmp_path, 20, broken=2)]
    replay(data, broker.bootstrap, KEY)
    letters = len(list_letters(broker.bootstrap))
    replay(data, broker.bootstrap, KEY)
    ids = Counter(each.event.event_id for each in ratings(broker, ends))
    assert (len(ids), set(ids.values())) == (20, {2})
    assert len(list_letters(broker.bootstrap)) == letters


@pytest.mark.parametrize("window", [(0, 3), (4, 3), (1, 0)])
def test_a_window_that_is_none_is_refused(broker: EmbeddedBroker, tmp_path: Path, window: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="wanted a number from 1"):
        replay([dataset(tmp_path, 1)], broker.bootstrap, KEY, window=window)


def test_a_rate_is_kept(broker: EmbeddedBroker, tmp_path: Path) -> None:
    began = time.monotonic()
    replay([dataset(tmp_path, 98)], broker.bootstrap, KEY, rate=100)
    assert time.monotonic() - began > 0.95
    with pytest.raises(ValueError, match="above 0"):
        replay([dataset(tmp_path, 1)], broker.bootstrap, KEY, rate=0)


def test_two_processes_send_what_one_would(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    counts = replay(
        [dataset(tmp_path, 3_000, broken=2)],
        broker.bootstrap,
        KEY,
        progress=lambda sent, total: heard.append((sent, total)),
        processes=2,
    )
    assert counts == ReplayCounts(3_002, 2)
    assert seconds(broker, ends) == list(range(1, 3_001))
    times: dict[str, list[int]] = {}
    for each in ratings(broker, ends):
        times.setdefault(each.event.viewer_id, []).append(each.event.occurred_at)
    assert all(seen == sorted(seen) for seen in times.values())
    assert heard[-1] == (3_002, 3_002)
    assert heard == sorted(heard)


def test_what_goes_wrong_in_the_second_process_is_told(broker: EmbeddedBroker, tmp_path: Path) -> None:
    data = dataset(tmp_path / "data", 10)
    (tmp_path / "data").rename(tmp_path / "gone")
    with pytest.raises(DatasetError, match="data is no folder"):
        replay([data], broker.bootstrap, KEY, processes=2)


@pytest.mark.fault
def test_a_killed_second_process_is_told_and_the_window_not_entered(
    broker: EmbeddedBroker, ends: Offsets, tmp_path: Path
) -> None:
    data, ledger = [dataset(tmp_path / "data", 3_000)], ReplayLedger(tmp_path / "replay.json")

    def kill_the_other(sent: int, total: int) -> None:
        for child in psutil.Process().children():
            with suppress(psutil.ZombieProcess):  # Killed by an earlier call and not waited for yet.
                if "multiprocessing.spawn" in " ".join(child.cmdline()):
                    child.kill()

    with pytest.raises(DeliveryError, match="second producer process ended"):
        replay(data, broker.bootstrap, KEY, progress=kill_the_other, ledger=ledger, processes=2)
    assert replay(data, broker.bootstrap, KEY, ledger=ledger) == ReplayCounts(3_002, 0)
    assert sorted(set(seconds(broker, ends))) == list(range(1, 3_001))


def test_finished_data_is_not_sent_again(broker: EmbeddedBroker, ends: Offsets, tmp_path: Path) -> None:
    data, ledger = [dataset(tmp_path / "data", 10, broken=1)], ReplayLedger(tmp_path / "state" / "replay.json")
    for number in (1, 2):
        replay(data, broker.bootstrap, KEY, window=(number, 2), ledger=ledger)
    moved = [recognise((tmp_path / "data").rename(tmp_path / "moved"))]
    for window in ((1, 2), (2, 2), (1, 1), (2, 3)):
        assert replay(moved, broker.bootstrap, KEY, window=window, ledger=ledger) == ReplayCounts(0, 0)
    assert seconds(broker, ends) == list(range(1, 11))
    changed = [dataset(tmp_path / "moved", 11)]
    assert replay(changed, broker.bootstrap, KEY, ledger=ledger) == ReplayCounts(13, 0)


def test_an_interrupted_window_is_sent_again_and_the_finished_one_is_not(
    broker: EmbeddedBroker, ends: Offsets, tmp_path: Path
) -> None:
    data, ledger = [dataset(tmp_path / "data", 10)], ReplayLedger(tmp_path / "replay.json")
    assert replay(data, broker.bootstrap, KEY, window=(1, 2), ledger=ledger).produced == 7

    def interrupt(sent: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replay(data, broker.bootstrap, KEY, window=(2, 2), ledger=ledger, progress=interrupt)
    assert replay(data, broker.bootstrap, KEY, window=(1, 2), ledger=ledger).produced == 0
    assert replay(data, broker.bootstrap, KEY, window=(2, 2), ledger=ledger).produced == 5
    assert sorted(set(seconds(broker, ends))) == list(range(1, 11))
