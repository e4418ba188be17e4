"""The OpenAPI document is fuzzed: whatever is sent, nothing breaks, and what is said is what the document says."""

from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.serving.running import App

pytestmark = pytest.mark.kafka


CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
def test_nothing_that_is_sent_breaks_the_app(app: App, mode: GenerationMode) -> None:
    document = schemathesis.openapi.from_url(f"{app.http.base_url}/openapi.json")
    for found in document.get_all_operations():
        # An operation without parameters cannot be asked wrongly.
        with suppress(Unsatisfiable):
            fuzzed(found.ok().as_strategy(generation_mode=mode))


def fuzzed(strategy: st.SearchStrategy[schemathesis.Case]) -> None:
    """Send what a strategy makes of an operation."""

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=strategy)
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS)

    send()


def test_the_document_says_what_there_is(app: App) -> None:
    paths = app.http.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1/viewers/{viewer_id}/slate",
        "/v1/viewers/{viewer_id}/profile",
        "/v1/films/{film_id}/similar",
        "/v1/events",
        "/healthz",
        "/readyz",
        "/metrics",
    }
    assert set(paths["/v1/events"]["post"]["responses"]) >= {"202", "413", "422", "429", "503"}
