"""The OpenAPI document is fuzzed: whatever is sent, nothing breaks, and what is said is what the document says."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.serving.running import App

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def document(app: App) -> object:
    return schemathesis.openapi.from_url(f"{app.http.base_url}/openapi.json")


schema = schemathesis.pytest.from_fixture("document")


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_breaks_the_app(case: schemathesis.Case) -> None:
    case.call_and_validate(checks=[not_a_server_error, content_type_conformance, response_schema_conformance])


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
