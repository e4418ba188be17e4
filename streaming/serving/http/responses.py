"""Response bodies: their models in the OpenAPI document, and their rendering as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import BaseModel, Field

from streaming.schema.events import Slate
from streaming.serving.histories.viewer_history import ViewerKnowledge
from streaming.serving.ranking.decider import Decider, Film, Similar

_RECENT = 10


class ShownFilm(BaseModel):
    """A film of a slate; answers to it carry `position` and `propensity` back."""

    position: int = Field(ge=1)
    film_id: str
    title: str
    score: float | None = Field(description="By the model; null where the film was explored or no model serves.")
    propensity: float = Field(gt=0, le=1, description="The probability that this film is shown at this position.")
    reason: str | None


class SlateResponse(BaseModel):
    """What a viewer is shown next. Send `slate_id` with the events that answer it."""

    slate_id: str
    viewer_id: str = Field(description="The viewer's pseudonym.")
    newcomer: bool = Field(description="Whether nothing is known of the viewer.")
    model_version: str | None
    policy: str
    films: list[ShownFilm]


class SimilarFilm(BaseModel):
    """A film that follows from another."""

    film_id: str
    title: str
    score: float


class SimilarResponse(BaseModel):
    """What the model shows to somebody who has seen this film and nothing else."""

    film_id: str
    title: str
    model_version: str | None
    films: list[SimilarFilm]


class Taste(BaseModel):
    """The share of a genre in what a viewer took up: 0–1."""

    genre: str
    share: float


class TakenUpFilm(BaseModel):
    """A film that a viewer took up: when first, in UTC milliseconds, and how much, from 0.5 to 3."""

    film_id: str
    title: str | None
    at: int
    strength: float


class ProfileResponse(BaseModel):
    """What is known of a viewer."""

    viewer_id: str = Field(description="The viewer's pseudonym.")
    known: bool
    events: dict[str, int] = Field(description="Events by kind.")
    films: int = Field(description="How many films the viewer took up.")
    first_seen: int | None
    last_seen: int | None
    tastes: list[Taste]
    recent: list[TakenUpFilm] = Field(description="The films taken up last, the newest first.")


class AcceptedResponse(BaseModel):
    """Kafka has acknowledged this many events: they will not be lost."""

    accepted: int


class Reason(BaseModel):
    """Why a part of the app does not work: a stable code, and a sentence."""

    code: str
    detail: str


class ReadyResponse(BaseModel):
    """Whether slates are served, and which parts do not work."""

    status: str = Field(description="`ready` or `degraded`; `warming` comes with 503.")
    reasons: dict[str, Reason] = Field(description="By the part that does not work.")
    model_version: str | None = None
    standing: str | None = None


class HealthResponse(BaseModel):
    """The process lives."""

    status: str


class ProblemDocument(BaseModel):
    """RFC 9457: what is wrong, and what to send instead."""

    type: str
    title: str
    status: int
    detail: str


def slate(made: Slate, films: Mapping[str, Film], newcomer: bool) -> bytes:
    """A slate as JSON; `films` is the catalogue by film_id."""
    answer = SlateResponse(
        slate_id=made.event_id,
        newcomer=newcomer,
        films=[ShownFilm(title=films[item.film_id].title, **item.model_dump()) for item in made.items],
        **made.model_dump(include={"viewer_id", "model_version", "policy"}),
    )
    return answer.model_dump_json().encode()


def similar(film: Film, found: Sequence[Similar], model_version: str | None) -> bytes:
    """Similar films as JSON."""
    films = [SimilarFilm(film_id=each.film.film_id, title=each.film.title, score=each.score) for each in found]
    answer = SimilarResponse(film_id=film.film_id, title=film.title, model_version=model_version, films=films)
    return answer.model_dump_json().encode()


def profile(
    viewer_id: str, account: tuple[ViewerKnowledge, dict[str, int], int | None, int | None], decider: Decider
) -> bytes:
    """A profile of a viewer as JSON."""
    known, counts, first_seen, last_seen = account
    recent = [
        {**entry._asdict(), "title": film.title if (film := decider.films.get(entry.film_id)) else None}
        for entry in reversed(known.interactions[-_RECENT:])
    ]
    return orjson.dumps(
        {
            "viewer_id": viewer_id,
            "known": bool(counts),
            "events": counts,
            "films": len(known.interactions),
            "first_seen": first_seen,
            "last_seen": last_seen,
            "tastes": _tastes(known, decider),
            "recent": recent,
        }
    )


def _tastes(known: ViewerKnowledge, decider: Decider) -> list[dict[str, Any]]:
    """Genres by their share of all strengths; a film of three genres gives a third to each."""
    weights: dict[str, float] = {}
    for entry in known.interactions:
        genres = film.genres if (film := decider.films.get(entry.film_id)) else ()
        for genre in genres:
            weights[genre] = weights.get(genre, 0.0) + entry.strength / len(genres)
    total = sum(weights.values())
    shares = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))
    return [{"genre": genre, "share": round(weight / total, 4)} for genre, weight in shares]
