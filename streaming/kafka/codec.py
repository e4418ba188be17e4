"""CloudEvents 1.0 in Kafka's binary content mode: attributes as `ce_*` headers, the event as a JSON body.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from streaming.errors import CodecError, UnknownType
from streaming.schema.events import EVENT_MODELS, Event

Headers = list[tuple[str, bytes]]


class Record(NamedTuple):
    """A Kafka record."""

    key: bytes
    value: bytes
    headers: Headers


class RecordCodec:
    """Turns events into Kafka records and back; a topic owns one, and with it the field that is its key."""

    def __init__(self, key_field: str) -> None:
        self.key_field = key_field

    def encode(self, event: Event, source: str) -> Record:
        """The record of an event; `source` is its CloudEvents source: file and line, or service."""
        headers = [
            ("ce_specversion", b"1.0"),
            ("ce_id", event.event_id.encode()),
            ("ce_source", source.encode()),
            ("ce_type", event.type.encode()),
            ("content-type", b"application/json"),
        ]
        value = event.__pydantic_serializer__.to_json(event, exclude={"event_id"}, exclude_none=True)
        return Record(self._key_bytes(event), value, headers)

    def decode(self, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Event:
        """The event in the bytes and headers of a record.

        Raises:
            UnknownType: no model carries the record's `ce_type`.
            CodecError: an attribute is missing, the body is no JSON, or a field is missing or of the wrong type.
        """
        attributes = attributes_of(headers)
        kind, identity = attributes.get("ce_type"), attributes.get("ce_id")
        if kind is None or identity is None:
            raise CodecError(f"the record has headers {sorted(attributes)}, and needs ce_type and ce_id")
        model = EVENT_MODELS.get(kind)
        if model is None:
            raise UnknownType(f"ce_type is {kind!r}; known are {', '.join(EVENT_MODELS)}")
        try:
            body = from_json(value or b"", allow_inf_nan=False)
            if not isinstance(body, dict):
                raise CodecError(f"{kind}: the body is {type(body).__name__}, and should be a JSON object")
            return model.model_validate({**body, "event_id": identity})
        except ValidationError as error:
            raise CodecError(f"{kind}: {first_complaint(error)}") from error
        except ValueError as error:
            raise CodecError(f"{kind}: the body is no JSON: {error}") from error

    def _key_bytes(self, event: Event) -> bytes:
        key = getattr(event, self.key_field, None) or getattr(event, "film_id", None)
        return str(key or getattr(event, "subject", event.event_id)).encode()


def attributes_of(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Headers as text, those without a value left out; of one that is there twice the first counts, as in the lake."""
    found: dict[str, str] = {}
    for name, content in headers:
        if content is not None:
            found.setdefault(name, content.decode(errors="replace"))
    return found


def first_complaint(error: ValidationError) -> str:
    """Pydantic's first error in one line: field, message, and value."""
    detail = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(map(str, detail["loc"])) or "body"
    return f"{where}: {detail['msg']}, saw {detail['input']!r:.80}"
