"""No raw viewer id passes the border: none is in the topics' bytes, on disk or when read."""

from pathlib import Path

import pytest

from streaming.broker.node import EmbeddedBroker
from streaming.datasets.recognise import recognise
from streaming.kafka.consumer import end_offsets, read_records
from streaming.kafka.dead_letters import list_letters
from streaming.kafka.topics import DEAD_LETTERS, TOPICS
from streaming.replay.ledger import ReplayLedger
from streaming.replay.run import replay
from streaming.schema.identity import load_or_create_key
from tests.streaming.samples import movielens_1m

pytestmark = pytest.mark.kafka

RAW_IDS = (b"918273645546372819", b"827364554637281918", b"736455463728191827", b"645546372819182736")
FOUND_ANYWAY = b"ml-77665544332211"


def lines() -> bytes:
    whole, letters, short, noise = RAW_IDS
    return b"\n".join(
        [
            whole + b"::77665544332211::4::978300760",
            letters + b"x::1::4::978300760",
            short + b"::1",
            noise + b"\xff::1::" + noise + b"::978300760",
        ]
    )


def test_no_raw_id_can_be_found(broker: EmbeddedBroker, tmp_path: Path) -> None:
    starts = end_offsets(broker.bootstrap, [topic.name for topic in TOPICS])
    key = load_or_create_key(tmp_path / "state" / "keys")
    ledger = ReplayLedger(tmp_path / "state" / "replay.json")
    data = recognise(movielens_1m(tmp_path / "data", lines()))
    counts = replay([data], broker.bootstrap, key, ledger=ledger)
    assert (counts.produced, counts.dead_lettered) == (2, 3)

    read = [
        part
        for topic in TOPICS
        for record in read_records(broker.bootstrap, topic.name, starts[topic.name])
        for part in (record.key, record.value, *(content for _, content in record.headers))
    ]
    stored = [path.read_bytes() for path in (broker.status().folder / "data").rglob("*.log")]
    stored.append((tmp_path / "state" / "replay.json").read_bytes())
    # The scan itself is sound: it finds what is meant to be there.
    assert any(FOUND_ANYWAY in part for part in read)
    assert any(FOUND_ANYWAY in part for part in stored)
    for raw_id in RAW_IDS:
        assert not any(raw_id in part for part in (*read, *stored))

    came = read_records(broker.bootstrap, DEAD_LETTERS.name, starts[DEAD_LETTERS.name])
    new = {dict(record.headers)["ce_id"].decode() for record in came}
    ours = [each.raw(key) for each in list_letters(broker.bootstrap) if each.letter.event_id in new]
    assert sorted(ours) == sorted(lines().split(b"\n")[1:])
