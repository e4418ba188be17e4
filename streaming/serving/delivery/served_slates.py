"""Reads back the slates that the serving app has published; an invalid record becomes a dead letter."""

from collections.abc import Iterator, Mapping

from kafka.consumer.fetcher import ConsumerRecord

from streaming.errors import CodecError
from streaming.kafka.consumer import read_records
from streaming.kafka.dead_letters import dead_letter
from streaming.kafka.topics import RECOMMENDATIONS
from streaming.schema.bounds import AHEAD_MS, EARLIEST_MS, NUMBERS
from streaming.schema.events import DeadLetter, Slate, SlateItem
from streaming.serving.delivery.slate_publisher import SOURCE

_HEADER = ("ce_source", SOURCE.encode())
_MOST_FILMS, _LONGEST_ID = 1_000, 256  # the app shows 50 films at most
_WHOLE_NUMBERS = 2**31  # what the lake's columns of numbers of cycles and versions can hold
_SEALED = 500_000  # bytes: sealed, they must still fit into a record


def read_served(
    bootstrap: str, start: Mapping[int, int], ends: Mapping[int, int], key: bytes
) -> Iterator[Slate | DeadLetter]:
    """Read the app's records between two offsets of each partition, each as a slate or as a dead letter; sends none.

    The letter of a record is the same whenever it is read; `key` seals it.

    Raises:
        BrokerError: no broker answers, or the topic is missing.
    """
    for record in read_records(bootstrap, RECOMMENDATIONS.name, start):
        if record.value is None or _HEADER not in record.headers or record.offset >= ends[record.partition]:
            continue
        try:
            yield _decode_slate(record)
        except CodecError as error:
            yield _dead_letter_of(record, str(error), key)


def _decode_slate(record: ConsumerRecord) -> Slate:
    """The slate in a record. Raises CodecError: it is no event, another one, or none that the app can have sent."""
    event = RECOMMENDATIONS.codec.decode(record.value, record.headers)
    if not isinstance(event, Slate):
        raise CodecError(f"the app sends slates, and this is a {event.type}")
    complaint = _slate_complaint(event, record.timestamp)
    if complaint:
        raise CodecError(f"{event.type}: {complaint}")
    return event


def _slate_complaint(slate: Slate, appended_at: int) -> str | None:
    """Why a slate is not valid; None where it is."""
    positions = [item.position for item in slate.items]
    if len(positions) > _MOST_FILMS:
        return f"{len(positions):,} films, and at most {_MOST_FILMS:,} are shown"
    if sorted(positions) != list(range(1, len(positions) + 1)):
        return "its positions are not 1, 2, 3 …"
    if len({item.film_id for item in slate.items}) < len(positions):
        return "a film is in it twice"
    if not EARLIEST_MS <= slate.occurred_at <= appended_at + AHEAD_MS:
        return f"occurred_at is {slate.occurred_at}, and it came at {appended_at}"
    if not all(0 <= number < _WHOLE_NUMBERS for number in (slate.cycle, slate.feature_version or 0)):
        return f"cycle is {slate.cycle} and feature_version {slate.feature_version}"
    if max(map(len, (slate.viewer_id, *(item.film_id for item in slate.items)))) > _LONGEST_ID:
        return f"an id has more than {_LONGEST_ID} characters"
    return next((found for found in map(_item_complaint, slate.items) if found), None)


def _item_complaint(item: SlateItem) -> str | None:
    least, most = NUMBERS["propensity"]
    if not least < item.propensity <= most:
        return f"propensity is {item.propensity}, and is above {least:g} and at most {most:g}"
    if item.score is not None and not abs(item.score) < float("inf"):
        return f"score is {item.score}"
    return None


def _dead_letter_of(record: ConsumerRecord, error: str, key: bytes) -> DeadLetter:
    """The sealed dead letter of a record, cut where it is too large; sends nothing."""
    origin, raw = f"{record.topic}/{record.partition}/{record.offset}", record.value
    if len(raw) > _SEALED:
        raw, error = raw[:_SEALED], f"{error} (kept are the first {_SEALED:,} of {len(raw):,} bytes)"
    return dead_letter(raw, origin, error, key, record.timestamp, loader=record.topic)
