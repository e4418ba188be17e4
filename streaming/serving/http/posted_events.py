"""Posted events: a JSON array of CloudEvents 1.0 in structured mode → events of `streaming/schema/events.py`.

The raw viewer id becomes a pseudonym here, before the event is anything else.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError
from pydantic_core import from_json

from streaming.kafka.codec import first_complaint
from streaming.kafka.topics import INPUTS, topic_of
from streaming.schema.bounds import broken_rule
from streaming.schema.events import EVENT_MODELS, Event, SourcedEvent
from streaming.serving.http.problem_details import Problem
from streaming.serving.http.viewer_ids import ViewerIds

ACCEPTED = {name: model for name, model in EVENT_MODELS.items() if topic_of(name) in INPUTS}
MEDIA_TYPES = ("application/json", "application/cloudevents-batch+json")
_TYPES: list[JsonValue] = [*sorted(ACCEPTED)]
_BATCH = 1_000
_COMPLAINTS = 20
_EXAMPLE: dict[str, JsonValue] = {
    "specversion": "1.0",
    "id": "app-1",
    "source": "my-app",
    "type": "viewing.like",
    "data": {"occurred_at": 1_700_000_000_000, "viewer_id": "42", "film_id": "ml-1"},
}


class PostedEvent(BaseModel):
    """A CloudEvent. `id` names it: sent twice it counts once. `data` is the body of its type's schema."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"examples": [_EXAMPLE]})

    id: str = Field(min_length=1, max_length=128)
    source: str = Field(min_length=1, max_length=256)
    type: str = Field(json_schema_extra={"enum": _TYPES})
    specversion: str = Field(default="1.0", pattern=r"^1\.0$")
    data: dict[str, Any] = Field(
        description="`occurred_at` in UTC milliseconds; `viewer_id` as your app knows the viewer (it becomes a "
        "pseudonym before anything else happens with it), or `pseudonym:` and 32 hexadecimal digits."
    )


_EVENTS = TypeAdapter(list[PostedEvent])


def read(body: bytes, content_type: str, viewers: ViewerIds, now: int) -> list[SourcedEvent]:
    """Parse the events of a request's body, as of `now` (UTC milliseconds); all of them, or none; sends none.

    Raises:
        Problem: the body is no such array, or an event is not valid; each complaint has its
            pointer.
    """
    if content_type.partition(";")[0].strip().lower() not in MEDIA_TYPES:
        raise Problem("media-type", f"Send a JSON array of events as {' or '.join(MEDIA_TYPES)}")
    try:
        parsed = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(
            "malformed", f"The body is no JSON ({error}): send an array of events", example=_EXAMPLE
        ) from None
    envelopes = _parse_envelopes(parsed)
    told: list[SourcedEvent] = []
    complaints: list[dict[str, str]] = []
    for place, envelope in enumerate(envelopes):
        try:
            told.append((_event_of(envelope, viewers, now), envelope.source))
        except (ValueError, Problem) as error:
            complaints.append({"pointer": f"/{place}", "detail": _error_in_words(error)})
    if complaints:
        raise _invalid_body_problem(complaints)
    return told


def _parse_envelopes(parsed: Any) -> list[PostedEvent]:
    if not isinstance(parsed, list) or not 1 <= len(parsed) <= _BATCH:
        seen = f"{len(parsed):,} events" if isinstance(parsed, list) else type(parsed).__name__
        detail = f"The body is {seen}: send an array of 1 to {_BATCH:,} events"
        raise Problem("invalid", detail, example=_EXAMPLE)
    try:
        return _EVENTS.validate_python(parsed)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise _invalid_body_problem(
            [{"pointer": _json_pointer(each["loc"]), "detail": each["msg"]} for each in found]
        ) from None


def _event_of(envelope: PostedEvent, viewers: ViewerIds, now: int) -> Event:
    """Build the event of an envelope, with its viewer's pseudonym.

    Raises:
        ValueError: the type may not be posted, the data do not fit its model, or the lake would quarantine it.
    """
    model = ACCEPTED.get(envelope.type)
    if model is None:
        raise ValueError(f"type is {envelope.type!r:.80}; known are {', '.join(sorted(ACCEPTED))}")
    data = {**envelope.data, "event_id": envelope.id}
    raw = data.get("viewer_id")
    if isinstance(raw, str) and raw:
        data["viewer_id"] = viewers.pseudonym(raw)
    event = model.model_validate(data)
    if broken := broken_rule(event, now):
        raise ValueError(f"data: {broken}")
    return event


def _error_in_words(error: Exception) -> str:
    return f"data.{first_complaint(error)}" if isinstance(error, ValidationError) else str(error)


def _invalid_body_problem(complaints: list[dict[str, str]]) -> Problem:
    first = complaints[0]
    detail = f"{len(complaints)} complaints, the first at {first['pointer']}: {first['detail']}. Nothing was sent on"
    return Problem("invalid", detail, errors=complaints[:_COMPLAINTS], example=_EXAMPLE)


def _json_pointer(place: tuple[int | str, ...]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
