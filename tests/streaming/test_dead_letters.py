"""Letters are sealed, the same however often they come, and leave the pile only as events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.broker.node import EmbeddedBroker
from streaming.broker.stopped import read_stopped
from streaming.errors import StreamingError
from streaming.kafka.consumer import end_offsets, read_records, read_topic
from streaming.kafka.dead_letters import Letter, dead_letter, letters_of, list_letters, replay_letters, seal, unseal
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import DEAD_LETTERS, VIEWING
from streaming.schema.identity import Pseudonymiser

KEY = b"k" * 32


@given(st.binary())
def test_what_is_sealed_can_be_unsealed_with_its_key_only(raw: bytes) -> None:
    sealed = seal(raw, KEY)
    assert unseal(sealed, KEY) == raw
    with pytest.raises(StreamingError, match="another key"):
        unseal(sealed, b"K" * 32)


def test_a_seal_hides_the_bytes_and_even_that_they_are_the_same() -> None:
    assert "918273645" not in seal(b"918273645::1::5::x", KEY)
    assert seal(b"same", KEY) != seal(b"same", KEY)


def test_the_same_bytes_from_the_same_place_are_the_same_letter() -> None:
    def identity(raw: bytes, origin: str, key: bytes = KEY, at: int = 0) -> str:
        return dead_letter(raw, origin, "why", key, at, "ml-1m/ratings.dat").event_id

    first = identity(b"x", "a#L1")
    assert identity(b"x", "a#L1", at=99) == first
    assert len({first, identity(b"y", "a#L1"), identity(b"x", "a#L2"), identity(b"x", "a#L1", b"K" * 32)}) == 4


def send_letters(
    broker: EmbeddedBroker, *lines: tuple[bytes, str], loader: str = "ml-1m/ratings.dat", key: bytes = KEY
) -> None:
    with EventProducer(broker.bootstrap) as producer:
        for raw, origin in lines:
            producer.send(dead_letter(raw, origin, "unread by an older border", key, 5, loader), origin)


def at(broker: EmbeddedBroker, *origins: str) -> list[Letter]:
    return [letter for letter in list_letters(broker.bootstrap) if letter.letter.origin in origins]


@pytest.mark.kafka
def test_letters_are_listed_once_with_their_bytes_and_reason(broker: EmbeddedBroker) -> None:
    origin = "ml-1m/ratings.dat#L100"
    send_letters(broker, (b"\xff\x00", origin), (b"\xff\x00", origin))
    (letter,) = at(broker, origin)
    assert letter.raw(KEY) == b"\xff\x00"
    assert letter.letter.error == "unread by an older border"
    assert letter.resolved_by is None
    assert letter.received_at > 1_700_000_000_000


@pytest.mark.kafka
def test_the_brokers_files_hold_the_letters_and_marks_that_kafka_hands_out(broker: EmbeddedBroker) -> None:
    send_letters(broker, (b"12::34::4::978300761", "ml-1m/ratings.dat#L500"), (b"?", "ml-1m/ratings.dat#L501"))
    replay_letters(broker.bootstrap, KEY)
    listed = list_letters(broker.bootstrap)
    assert letters_of(read_stopped(broker.status().folder, DEAD_LETTERS.name)) == listed
    assert {letter.resolved_by is None for letter in listed} == {True, False}


@pytest.mark.kafka
def test_what_the_border_reads_now_becomes_an_event_and_the_rest_stays(broker: EmbeddedBroker) -> None:
    good, bad, theirs = (f"ml-1m/ratings.dat#L{line}" for line in (90200, 90201, 90202))
    foreign = "cat/videos#L1"
    send_letters(broker, (b"12::34::4::978300760", good), (b"12::34::x::978300760", bad))
    send_letters(broker, (b"meow", foreign), loader="cat/videos")
    send_letters(broker, (b"1::2::3::4", theirs), key=b"K" * 32)
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]

    replayed = replay_letters(broker.bootstrap, KEY)

    assert good in [letter.letter.origin for letter in replayed.resolved]
    reasons = {letter.letter.origin: reason for letter, reason in replayed.staying}
    assert "rating: wanted a decimal number" in reasons[bad]
    assert "no loader knows" in reasons[foreign]
    assert "sealed with another key" in reasons[theirs]
    (got,) = read_topic(broker.bootstrap, VIEWING.name, start)
    assert (got.event.viewer_id, got.event.film_id) == (Pseudonymiser(KEY)("ml-1m:12"), "ml-34")
    (record,) = read_records(broker.bootstrap, VIEWING.name, start)
    assert dict(record.headers)["ce_source"] == good.encode()
    (resolved,) = at(broker, good)
    assert resolved.resolved_by == got.event.event_id
    assert resolved.raw(KEY) == b"12::34::4::978300760"
    assert [letter.resolved_by for letter in at(broker, bad, foreign, theirs)] == [None] * 3


@pytest.mark.kafka
def test_a_resolved_letter_stays_resolved_and_is_not_sent_again(broker: EmbeddedBroker) -> None:
    origin = "ml-1m/ratings.dat#L90300"
    send_letters(broker, (b"1::2::3::4", origin))
    replay_letters(broker.bootstrap, KEY)
    send_letters(broker, (b"1::2::3::4", origin))
    start = end_offsets(broker.bootstrap, [VIEWING.name])[VIEWING.name]
    assert origin not in [letter.letter.origin for letter in replay_letters(broker.bootstrap, KEY).resolved]
    assert list(read_topic(broker.bootstrap, VIEWING.name, start)) == []


@pytest.mark.kafka
def test_somebody_elses_records_do_not_stop_the_list(broker: EmbeddedBroker) -> None:
    with EventProducer(broker.bootstrap) as producer:
        producer.send_raw(DEAD_LETTERS.name, b"k", b"garbage", [("x", b"\xff")])
        producer.send_raw(DEAD_LETTERS.name, b"k", None)
    send_letters(broker, (b"?", "ml-1m/ratings.dat#L90400"))
    assert len(at(broker, "ml-1m/ratings.dat#L90400")) == 1
