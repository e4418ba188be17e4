"""The film that a question names, by its id or a part of its title."""

from collections.abc import Mapping

import pandas as pd

from models.base.columns import FILM
from pipelines.platform.errors import NothingThere

_SHOWN = 5


def films_named(titles: Mapping[str, str], film: str) -> list[str]:
    """The film_ids that `film` may mean: the one that is its id, else that has this very title, else all that hold it.

    Args:
        titles: film_id → title.
    """
    if film in titles:
        return [film]
    holding = [name for name, title in titles.items() if film.lower() in title.lower()]
    same = [name for name in holding if titles[name].lower() == film.lower()]
    return same if len(same) == 1 else holding


def some_films(titles: Mapping[str, str], films: list[str]) -> str:
    """The first of these films, for an error: each title and film_id."""
    return ", ".join(f"{titles[name]} ({name})" for name in films[:_SHOWN])


def asked_film(films: pd.DataFrame, film: str, asked_of: pd.DataFrame, are: str) -> pd.Series:
    """The row of the film of that id, or whose title alone has these words.

    Args:
        films: all that have a date: film_id, title, opens.
        asked_of: those of them that may be asked of, in the order in which to propose some.
        are: what these are, in words.

    Raises:
        NothingThere: no film, or more than one, that may be asked of is called so.
    """
    named = films[films[FILM].isin(films_named(dict(zip(films[FILM], films["title"], strict=True)), film))]
    found = named[named[FILM].isin(asked_of[FILM])]
    if len(found) == 1:
        return found.iloc[0]
    some = ", ".join(f"{row.film_id} ({row.title})" for row in asked_of.head(_SHOWN).itertuples()) or "none"
    if found.empty and len(named):
        row = named.iloc[0]
        opened = f"{row[FILM]} ({row['title']}) opened on {row['opens']:%Y-%m-%d}"
        raise NothingThere(f"{opened}: name a film that {are}, such as {some}")
    if found.empty:
        raise NothingThere(f"no film with a date is called {film!r}: name one that is still to open, such as {some}")
    several = ", ".join(found[FILM].head(_SHOWN))
    raise NothingThere(f"{film!r} names {len(found)} films that are still to open, such as {several}: name one")
