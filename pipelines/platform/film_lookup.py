"""The film that a question names, by its id or a part of its title."""

import pandas as pd

from models.base.columns import FILM
from pipelines.platform.errors import NothingThere

_SHOWN = 5


def asked_film(films: pd.DataFrame, film: str, asked_of: pd.DataFrame, are: str) -> pd.Series:
    """The film of that id, or whose title alone has these words.

    Args:
        films: all that have a date: film_id, title, opens.
        asked_of: those of them that may be asked of, in the order in which to propose some.
        are: what these are, in words.

    Raises:
        NothingThere: no film, or more than one, that may be asked of is called so.
    """
    named = films[films[FILM] == film]
    if named.empty:
        named = films[films["title"].str.contains(film, case=False, regex=False)]
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
