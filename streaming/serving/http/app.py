"""The routes, and the OpenAPI document that is made from them."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException

from streaming.serving.delivery.acknowledger import Acknowledger
from streaming.serving.health import metrics
from streaming.serving.http import posted_events, responses
from streaming.serving.http.middleware import request_target
from streaming.serving.http.problem_details import Problem, example_responses
from streaming.serving.http.viewer_ids import MOST, ViewerIds
from streaming.serving.ranking.slate_service import SIMILAR_ROUTE, SLATE_ROUTE, SlateService

_MOST_FILMS = 50
_JSON = "application/json"
_KINDS = {400: "malformed", 404: "not-found", 405: "method", 413: "too-large"}

ViewerId = Annotated[
    str,
    Path(
        min_length=1,
        max_length=MOST,
        description="The viewer's id as your app has it, or `pseudonym:` and 32 hexadecimal digits.",
    ),
]
FilmId = Annotated[str, Path(min_length=1, max_length=256)]
Films = Annotated[int, Query(ge=1, le=_MOST_FILMS, description="How many films.")]
Context = Annotated[
    str | None,
    Query(max_length=100, description="Where the slate is shown: `genre:NAME` lets only films of a genre compete."),
]
Diversity = Annotated[
    float | None,
    Query(ge=0, le=1, allow_inf_nan=False, description="How much unlike each other: 0 as the model ranks, up to 1."),
]


def build(
    service: SlateService, acknowledger: Acknowledger, viewers: ViewerIds, with_keys: bool, **options: Any
) -> FastAPI:
    """The FastAPI application with all routes; starts nothing. `options` go to FastAPI."""
    app = FastAPI(
        title="Cineloop",
        version="1",
        description="Slates that react to what a viewer just did. Errors are problem documents (RFC 9457).",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        exception_handlers=_exception_handlers(),
        dependencies=[Security(HTTPBearer(auto_error=False))] if with_keys else [],
        **options,
    )
    _add_decision_routes(app, service, viewers)
    _add_event_route(app, acknowledger, viewers, service)
    _add_operation_routes(app, service)
    _add_posted_schemas(app)
    return app


def _add_decision_routes(app: FastAPI, service: SlateService, viewers: ViewerIds) -> None:
    """Add to the app the routes of slates, profiles and similar films."""
    problems = example_responses(
        *("malformed", "unauthorised", "too-long", "misdirected", "invalid", "too-many", "headers", "not-ready")
    )
    router = APIRouter(responses=problems, dependencies=[Depends(_refuse_unknown_parameters)])

    @router.get(SLATE_ROUTE, response_model=responses.SlateResponse)
    async def slate(
        request: Request, viewer_id: ViewerId, n: Films = 10, context: Context = None, diversity: Diversity = None
    ) -> Response:
        """What a viewer is shown next; somebody unknown gets the newcomer's slate."""
        viewer = viewers.pseudonym(viewer_id)
        return _json_response(await service.slate(viewer, n, context, diversity, request_target(request.scope)))

    @router.get("/v1/viewers/{viewer_id:path}/profile", response_model=responses.ProfileResponse)
    async def profile(viewer_id: ViewerId) -> Response:
        """What is known of a viewer: events by kind, tastes by genre, the films taken up last."""
        return _json_response(await service.profile(viewers.pseudonym(viewer_id)))

    @router.get(
        SIMILAR_ROUTE,
        response_model=responses.SimilarResponse,
        responses=example_responses("not-found", "unlearned"),
    )
    async def similar(request: Request, film_id: FilmId, n: Films = 10) -> Response:
        """What the model shows to somebody who has seen this film and nothing else."""
        return _json_response(await service.similar(film_id, n, request_target(request.scope)))

    app.include_router(router)


async def _refuse_unknown_parameters(request: Request) -> None:
    """Refuse parameters without a meaning: answers are cached by the whole target, so they would defeat the cache.

    Raises:
        Problem: the query has a parameter that the route does not.
    """
    known = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        named = ", ".join(f"{name!r:.40}" for name in unknown[:5])
        raise Problem("invalid", f"The query has {named}: send {' and '.join(known) or 'nothing'} alone")


def _add_event_route(app: FastAPI, acknowledger: Acknowledger, viewers: ViewerIds, service: SlateService) -> None:
    """Add to the app the route that sends posted events to Kafka."""

    @app.post(
        "/v1/events",
        status_code=202,
        response_model=responses.AcceptedResponse,
        responses=example_responses(
            *("malformed", "unauthorised", "too-large", "too-long", "media-type", "misdirected", "invalid", "too-many"),
            *("headers", "broker"),
        ),
        openapi_extra={"requestBody": {"required": True, "content": _openapi_of_posted()}},
    )
    async def events(request: Request) -> Response:
        """Events, all of them or none; the answer comes once Kafka has acknowledged them."""
        media_type, now = request.headers.get("content-type", ""), int(service.clock() * 1000)
        told = posted_events.read(await request.body(), media_type, viewers, now)
        await acknowledger.accept(told)
        return _json_response(orjson.dumps({"accepted": len(told)}), 202)


def _add_operation_routes(app: FastAPI, service: SlateService) -> None:

    @app.get("/healthz", response_model=responses.HealthResponse)
    async def healthz() -> Response:
        """Whether the process lives."""
        return _json_response(b'{"status":"alive"}')

    @app.get("/readyz", response_model=responses.ReadyResponse, responses=example_responses("not-ready"))
    async def readyz() -> Response:
        """Whether slates are served, from which model, and which parts do not work."""
        service.readiness.refuse_if_missing()
        return _json_response(orjson.dumps(service.readiness.report()))

    @app.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus's text format"},
            **example_responses("unauthorised", "misdirected", "too-many"),
        },
    )
    async def exposition() -> Response:
        """Counters and gauges."""
        return Response(service.metrics.exposition(), media_type=metrics.MEDIA_TYPE)


def _exception_handlers() -> dict[Any, Callable[..., Coroutine[Any, Any, Response]]]:
    """The functions that turn an exception of a request into a problem document."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        kind = _KINDS.get(error.status_code, "malformed")
        detail = f"{request.method} is not served at this path: /openapi.json lists what is"
        return Problem(kind, detail, error.headers).response()

    async def on_invalid_request(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        complaints = [
            {"pointer": "/" + "/".join(map(str, each["loc"])), "detail": str(each["msg"])} for each in error.errors()
        ]
        detail = "; ".join(f"{each['pointer']}: {each['detail']}" for each in complaints)
        return Problem("invalid", detail, errors=complaints).response()

    async def on_unexpected(request: Request, error: Exception) -> Response:
        return Problem("internal", "The app's log has the reason. Ask again later").response()

    return {
        Problem: on_problem,
        HTTPException: on_http_error,
        RequestValidationError: on_invalid_request,
        Exception: on_unexpected,
    }


def _openapi_of_posted() -> dict[str, Any]:
    schema = {"type": "array", "minItems": 1, "maxItems": 1000, "items": {"$ref": "#/components/schemas/PostedEvent"}}
    return {media_type: {"schema": schema} for media_type in posted_events.MEDIA_TYPES}


def _add_posted_schemas(app: FastAPI) -> None:
    """Add the schemas of posted events and problem documents to the OpenAPI document: no route shows them."""
    written = app.openapi

    def document_with_posted() -> dict[str, Any]:
        document = written()
        schemas = document["components"]["schemas"]
        schemas["PostedEvent"] = posted_events.PostedEvent.model_json_schema()
        schemas["ProblemDocument"] = responses.ProblemDocument.model_json_schema()
        return document

    app.openapi = document_with_posted  # type: ignore[method-assign]


def _json_response(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=_JSON)
