"""One event of every type, and a small folder of MovieLens 1M."""

from datetime import date
from pathlib import Path

from streaming.schema.events import (
    VIEWING,
    BoxOfficeDay,
    Campaign,
    DeadLetter,
    Event,
    FeedbackSignal,
    FilmDescribed,
    Forecast,
    ForecastDay,
    MarketForecast,
    Outlook,
    Rate,
    Reached,
    Script,
    Slate,
    SlateItem,
    ViewerDescribed,
)

_VIEWING_EXTRAS = {
    "viewing.progress": {"fraction": 0.5},
    "viewing.rate": {"rating": 4.5},
    "viewing.read": {"script_id": "sc", "rating": 3.5, "film_id": None},
}


def rating(number: int, viewer_id: str = "v1") -> Rate:
    """A rating whose id and time tell its number."""
    return Rate(event_id=f"r{number}", occurred_at=number, viewer_id=viewer_id, film_id="f1", rating=4.0)


def one_of_each() -> list[Event]:
    """An event of every type there is."""
    day = date(2024, 2, 29)
    common = {"occurred_at": -5, "film_id": "f1"}
    viewing = [
        model(event_id=model.type, viewer_id="v1", query="heist", **common)
        if model.type == "viewing.search"
        else model(event_id=model.type, viewer_id="v1", **{**common, **_VIEWING_EXTRAS.get(model.type, {})})
        for model in VIEWING
    ]
    return [
        FilmDescribed(event_id="fd", title="Amélie", genres=("Comedy",), release_date=day, **common),
        ViewerDescribed(event_id="vd", occurred_at=-5, viewer_id="v1", age_band="25-34"),
        *viewing,
        BoxOfficeDay(event_id="bo", date=day, gross=1.5, **common),
        Slate(
            **{"event_id": "s", "occurred_at": 1, "viewer_id": "v1", "cycle": 1, "policy": "p"},
            items=(SlateItem(film_id="f1", position=1, propensity=0.25),),
        ),
        Forecast(
            **{"event_id": "fc", "cycle": 1, "model": "m", "model_version": "1", "feature_version": 3},
            days=(ForecastDay(date=day, q10=1, q50=2, q90=3),),
            **common,
        ),
        Outlook(
            **{"event_id": "ol", "cycle": 1, "model": "m", "model_version": "1", "feature_version": 3},
            **{"lead": 30, "opens": day, "q10": 1, "q50": 2, "q90": 3},
            **common,
        ),
        Campaign(
            **{"event_id": "ca", "campaign_id": "c", "cycle": 1, "policy": "uniform", "audience": 2, "opens": day},
            viewers=(Reached(viewer_id="v1", propensity=0.5),),
            **common,
        ),
        MarketForecast(
            **{"event_id": "mf", "occurred_at": -5, "genre": "Comedy"},
            **{"cycle": 1, "model": "m", "model_version": "1", "feature_version": 3},
            days=(ForecastDay(date=day, q10=1, q50=2, q90=3),),
        ),
        Script(
            **{"event_id": "sc", "occurred_at": 1, "title": "T", "text": "INT. BAR - DAY\n", "segment": "all viewers"},
            **{"policy": "briefed", "seed": 7, "cycle": 1, "model": "subwords", "model_version": "1"},
            readers=(Reached(viewer_id="v1", propensity=0.5),),
        ),
        FeedbackSignal(event_id="fs", kind="recommendation", decision_id="s", reward=1.0, **common),
        DeadLetter(event_id="dl", occurred_at=2, origin="a/b#L1", error="why", sealed="gAAAA"),
    ]


def movielens_1m(folder: Path, ratings: bytes, movies: bytes = b"1::Heat (1995)::Action|Crime\n") -> Path:
    """Write a folder in the form of MovieLens 1M, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "movies.dat").write_bytes(movies)
    (folder / "ratings.dat").write_bytes(ratings)
    return folder
