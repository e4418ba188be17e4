"""Audiences whose tastes are known by construction."""

import pandas as pd

from models.base.days import DAY_MS

_FILMS = 12


def two_groups(viewers: int = 24, watched: int = 8) -> pd.DataFrame:
    """Even viewers watch only comedies, odd ones only westerns, one a day, each starting at another film.

    Each genre has 12 films: 4 of the own genre stay unwatched by each viewer, and follow what was watched last in
    the histories of others.
    """
    rows = [
        (f"viewer-{viewer:02d}", film_of(viewer, (viewer // 2 + step) % _FILMS), step * DAY_MS, 1.0)
        for viewer in range(viewers)
        for step in range(watched)
    ]
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])


def two_genres() -> pd.DataFrame:
    """What is known of all films of both genres: the genre."""
    films = [film_of(viewer, number) for viewer in (0, 1) for number in range(_FILMS)]
    return pd.DataFrame({"film_id": films, "genres": [[film.partition("-")[0]] for film in films]})


def film_of(viewer: int, number: int) -> str:
    """A film of the genre that this viewer likes."""
    return f"{'western' if viewer % 2 else 'comedy'}-{number:02d}"


def history(viewer: str, *films: str) -> pd.DataFrame:
    """One viewer's history, a film a day."""
    days = [day * DAY_MS for day in range(len(films))]
    return pd.DataFrame({"viewer_id": viewer, "film_id": list(films), "occurred_at": days, "strength": 1.0})
