"""The OpenAPI document is fuzzed: whatever is sent, nothing breaks, and what is said is what the document says."""

from collections import Counter
from contextlib import suppress
from hashlib import sha256

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from streaming.serving.http.api_keys import ApiKeys
from streaming.serving.server import ServerSettings
from tests.serving.running import App, running
from tests.serving.small_state import SmallState

pytestmark = pytest.mark.kafka


CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
TAKING = {
    "GET /v1/viewers/{viewer_id}/slate",
    "GET /v1/viewers/{viewer_id}/profile",
    "GET /v1/films/{film_id}/similar",
    "POST /v1/events",
}
# The document does not say which films there are, nor which data an event of each type has.
KNOWING = {"GET /v1/films/{film_id}/similar", "POST /v1/events"}
ALL = TAKING | {"GET /healthz", "GET /readyz", "GET /metrics"}
KEY = "fuzz" * 16


@pytest.mark.parametrize(
    ("mode", "asked", "granted"),
    # An operation without parameters cannot be asked wrongly.
    [(GenerationMode.POSITIVE, ALL, ALL - KNOWING), (GenerationMode.NEGATIVE, TAKING, set())],
    ids=["valid", "invalid"],
)
def test_nothing_that_is_sent_breaks_the_app(
    app: App, mode: GenerationMode, asked: set[str], granted: set[str]
) -> None:
    statuses = fuzzed(app, mode, examples=30)
    assert {operation for operation, _ in statuses} == asked
    assert {operation for operation, status in statuses if status < 400} == granted


def test_nothing_that_is_sent_with_a_key_breaks_the_app(small: SmallState) -> None:
    with running(small.world, ServerSettings(port=0, keys=ApiKeys([sha256(KEY.encode()).hexdigest()]))) as app:
        app.http.headers["authorization"] = f"Bearer {KEY}"
        statuses = fuzzed(app, GenerationMode.POSITIVE, examples=5)
    assert {operation for operation, _ in statuses} == ALL
    assert 401 not in {status for _, status in statuses}


def fuzzed(app: App, mode: GenerationMode, examples: int) -> Counter[tuple[str, int]]:
    """Send what the document lets be made of each operation; how often each answered with which status."""
    headers = {"authorization": app.http.headers["authorization"]} if "authorization" in app.http.headers else {}
    document = schemathesis.openapi.from_url(f"{app.http.base_url}/openapi.json", headers=headers)
    statuses: Counter[tuple[str, int]] = Counter()
    for found in document.get_all_operations():
        strategy = found.ok().as_strategy(generation_mode=mode)
        with suppress(Unsatisfiable):
            statuses.update((found.ok().label, status) for status in sent(strategy, examples, headers))
    return statuses


def sent(strategy: st.SearchStrategy[schemathesis.Case], examples: int, headers: dict[str, str]) -> list[int]:
    """Send what a strategy makes of an operation; the statuses of the answers."""
    statuses = []

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=strategy)
    def send(case: schemathesis.Case) -> None:
        statuses.append(case.call_and_validate(checks=CHECKS, headers=headers).status_code)

    send()
    return statuses


def test_the_document_says_what_there_is(app: App) -> None:
    document = app.http.get("/openapi.json").json()
    paths = document["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == ALL
    assert set(paths["/v1/events"]["post"]["responses"]) >= {"202", "413", "422", "429", "503"}
    assert set(paths["/v1/films/{film_id}/similar"]["get"]["responses"]) >= {"200", "404", "409", "422", "429", "503"}
