"""Dead letters: input that is no valid event, kept encrypted until a later version can read it.

A letter is a DeadLetter event on the topic `dead-letter`, keyed by its origin. Its id follows from origin and bytes, so
replaying a broken file twice gives the same letters. Once one can be read, its event is sent and the letter is marked
as resolved by a second record: same key, same `ce_id`, no value, and the event's id in `ce_resolvedby`. The topic is
not compacted: letter and mark both stay.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from kafka.consumer.fetcher import ConsumerRecord

from streaming.broker.stopped import StoredRecord
from streaming.datasets.recognise import source_of
from streaming.errors import CodecError, StreamingError
from streaming.kafka.codec import attributes_of
from streaming.kafka.consumer import read_records
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import DEAD_LETTERS
from streaming.schema.events import DeadLetter, Event, derive_id
from streaming.schema.identity import Pseudonymiser

_RESOLVED_BY = "ce_resolvedby"


@dataclass(frozen=True)
class Letter:
    """A dead letter on the topic; `received_at` is when Kafka took it, in UTC milliseconds."""

    letter: DeadLetter
    received_at: int
    resolved_by: str | None = None

    def raw(self, key: bytes) -> bytes:
        """Decrypt the bytes as they were received; errors as in `unseal`."""
        return unseal(self.letter.sealed, key)


class LettersReplayed(NamedTuple):
    """The letters that were resolved, and those that stay open, each with the reason."""

    resolved: list[Letter]
    staying: list[tuple[Letter, str]]


def seal(raw: bytes, key: bytes) -> str:
    """Encrypt bytes that may hold a raw viewer id: only the holder of the state's key can read them."""
    # The time in a Fernet token serves expiry, which letters have not: a fixed one says nothing.
    return _sealing_cipher(key).encrypt_at_time(raw, current_time=0).decode()


def unseal(sealed: str, key: bytes) -> bytes:
    """Decrypt what `seal` has encrypted.

    Raises:
        StreamingError: it was sealed with another key, or is damaged.
    """
    try:
        return _sealing_cipher(key).decrypt(sealed.encode())
    except InvalidToken as error:
        raise StreamingError(
            "the letter was sealed with another key, or is damaged. "
            "Use the --state folder (its keys/) of the run that received it"
        ) from error


def dead_letter(raw: bytes, origin: str, error: str, key: bytes, occurred_at: int, loader: str) -> DeadLetter:
    """The letter for bytes that are no event, which it holds encrypted; sends nothing.

    Args:
        raw: the bytes as received.
        origin: `dataset/file#Lline`, where they stood.
        error: why they are no event; it must not quote a raw viewer id.
        key: the state's key.
        occurred_at: the replayed time at which they came, UTC milliseconds; no part of the letter's id.
        loader: the source that refused them, which `replay_letters` will ask again.
    """
    return DeadLetter(
        event_id=derive_id(DeadLetter.type, origin, hmac.digest(key, raw, sha256).hex()),
        occurred_at=occurred_at,
        origin=origin,
        error=error,
        sealed=seal(raw, key),
        loader=loader,
    )


def list_letters(bootstrap: str) -> list[Letter]:
    """Read all letters from a cluster's topic; see `letters_of`.

    Raises:
        BrokerError: no broker answers, or the topic is missing.
    """
    return letters_of(read_records(bootstrap, DEAD_LETTERS.name))


def letters_of(records: Iterable[ConsumerRecord | StoredRecord]) -> list[Letter]:
    """All letters among the topic's records, oldest first, each id once, the resolved ones included.

    Records that are no letters of ours are passed over; `cineloop follow dead-letter` shows them.
    """
    letters: dict[str, Letter] = {}
    marks: dict[str, str] = {}
    for record in records:
        if record.value is None:
            marks.update(_resolution_of(record))
        elif letter := _letter_or_none(record):
            letters.setdefault(letter.letter.event_id, letter)
    marked = [replace(letter, resolved_by=marks.get(identity)) for identity, letter in letters.items()]
    return sorted(marked, key=lambda letter: letter.received_at)


def replay_letters(bootstrap: str, key: bytes) -> LettersReplayed:
    """Try all open letters again: send the events of those that can be read now, and mark them.

    A mark follows only when the events are acknowledged; if this is interrupted between the two, the next
    call sends the same events with the same ids.

    A letter that was sealed with another key, by another state on the same cluster, stays.

    Raises:
        BrokerError, DeliveryError: no broker answers, or it fails to acknowledge.
    """
    pseudonymise = Pseudonymiser(key)
    readable: list[tuple[Letter, Event]] = []
    staying: list[tuple[Letter, str]] = []
    for letter in (each for each in list_letters(bootstrap) if each.resolved_by is None):
        try:
            readable.append((letter, _decode_again(letter, key, pseudonymise)))
        except StreamingError as error:
            staying.append((letter, str(error)))
    _send_and_mark_resolved(bootstrap, readable)
    return LettersReplayed([letter for letter, _ in readable], staying)


def _decode_again(letter: Letter, key: bytes, pseudonymise: Pseudonymiser) -> Event:
    """Decrypt a letter and read it by its loader; sends nothing.

    Raises:
        StreamingError: it still is no valid event, or the letter was sealed with another key.
    """
    loader, _, line = letter.letter.origin.rpartition("#L")
    source = source_of(letter.letter.loader or loader)
    if source is None or not line.isdecimal():
        raise CodecError(f"no loader knows rows of {letter.letter.origin!r}")
    return source.draft(letter.raw(key), int(line)).event(pseudonymise)


def _send_and_mark_resolved(bootstrap: str, readable: list[tuple[Letter, Event]]) -> None:
    if not readable:
        return
    with EventProducer(bootstrap) as producer:
        for letter, event in readable:
            producer.send(event, letter.letter.origin)
        producer.flush()
        for letter, event in readable:
            record = DEAD_LETTERS.codec.encode(letter.letter, letter.letter.origin)
            mark = [*record.headers, (_RESOLVED_BY, event.event_id.encode())]
            producer.send_raw(DEAD_LETTERS.name, record.key, None, mark)


def _letter_or_none(record: ConsumerRecord | StoredRecord) -> Letter | None:
    with suppress(CodecError):
        event = DEAD_LETTERS.codec.decode(record.value, record.headers)
        return Letter(event, record.timestamp) if isinstance(event, DeadLetter) else None
    return None


def _resolution_of(record: ConsumerRecord | StoredRecord) -> dict[str, str]:
    """Letter id → id of the event that resolved it, from a mark; empty for any other record."""
    attributes = attributes_of(record.headers)
    if "ce_id" in attributes and _RESOLVED_BY in attributes:
        return {attributes["ce_id"]: attributes[_RESOLVED_BY]}
    return {}


def _sealing_cipher(key: bytes) -> Fernet:
    """The cipher of letters, under a key of its own, so that they tell nothing about pseudonyms."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"cineloop dead letters").derive(key)
    return Fernet(urlsafe_b64encode(derived))
