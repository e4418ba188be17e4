"""Problem documents (RFC 9457): each says what was wrong, and what to send instead."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
_BASE = "https://cineloop.example/problems/"

TITLES = {
    "malformed": (400, "The request cannot be read"),
    "unauthorised": (401, "A valid API key is needed"),
    "not-found": (404, "There is nothing here"),
    "method": (405, "The method is not allowed here"),
    "unlearned": (409, "The model does not know this yet"),
    "too-large": (413, "The request is too large"),
    "too-long": (414, "The address is too long"),
    "media-type": (415, "The body is of another media type"),
    "misdirected": (421, "The request is for another host"),
    "invalid": (422, "The request is not valid"),
    "too-many": (429, "Too many requests"),
    "headers": (431, "The headers are too large"),
    "internal": (500, "Something went wrong here"),
    "not-ready": (503, "Not ready yet"),
    "broker": (503, "Kafka does not answer"),
}


class Problem(Exception):
    """An error with its problem document."""

    def __init__(self, kind: str, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        """`kind` is a key of `TITLES`; `more` are members of the document that only this problem has."""
        super().__init__(detail)
        self.status, title = TITLES[kind]
        self.headers = dict(headers or {})
        self.document = {"type": _BASE + kind, "title": title, "status": self.status, "detail": detail, **more}

    @property
    def body(self) -> bytes:
        """The document as JSON."""
        return orjson.dumps(self.document)

    def response(self) -> Response:
        """The document as a response."""
        return Response(self.body, self.status, self.headers, MEDIA_TYPE)


def example_responses(*kinds: str) -> dict[int | str, dict[str, Any]]:
    """The entries of the OpenAPI document for these problems."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        status, title = TITLES[kind]
        content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
        known = responses.setdefault(status, {"description": title, "content": content})
        known["description"] = title if title in known["description"] else f"{known['description']}, or: {title}"
    return responses
