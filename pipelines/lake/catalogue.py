"""The films of `features/film`: what they are called and like, which of them are out, and which of these are new."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from models.base import columns
from pipelines.lake import delta
from streaming.serving.ranking.decider import Film

TABLE = "features/film"
NEW_DAYS = 56
"""A film is new for so many days after its release."""
_COLUMNS = ["film_id", "title", "genres", "people", "release_date", "released", "as_of"]


@dataclass(frozen=True)
class Catalogue:
    """All described films by film_id, in ascending order; and, of those that are out, `columns.FILMS` and `new`."""

    films: dict[str, Film]
    described: pd.DataFrame

    @cached_property
    def out(self) -> list[str]:
        """The films that may be recommended."""
        return self.described[columns.FILM].tolist()

    @cached_property
    def titles(self) -> dict[str, str]:
        """film_id → title, of all."""
        return {film.film_id: film.title for film in self.films.values()}

    @cached_property
    def new(self) -> frozenset[str]:
        """The film_ids that are out and new."""
        return frozenset(self.described.loc[self.described["new"], columns.FILM])


def read(lake: Path, version: int | None = None) -> Catalogue:
    """Read the catalogue as a version of the table has it, the newest by default; empty where none has been written."""
    rows = delta.read(lake, TABLE, _COLUMNS, version=version)
    if rows is None:
        rows = pd.DataFrame(columns=_COLUMNS)
    rows = rows.sort_values("film_id", ignore_index=True)
    facts = rows[["film_id", "title", "genres", "released"]].itertuples(index=False)
    films = {film: Film(film, title, _tuple_or_empty(genres), bool(out)) for film, title, genres, out in facts}
    return Catalogue(films, _with_year_and_new(rows[rows["released"].astype(bool)]))


def _with_year_and_new(out: pd.DataFrame) -> pd.DataFrame:
    """`columns.FILMS` and `new` of the films that are out."""
    released = pd.to_datetime(out["release_date"])
    known_on = pd.to_datetime(out["as_of"], utc=True).dt.tz_localize(None).dt.normalize()
    new = released > known_on - pd.Timedelta(days=NEW_DAYS)
    facts = {columns.YEAR: released.dt.year, columns.OVERVIEW: None, "new": new}
    return out.assign(**facts)[[*columns.FILMS, "new"]].reset_index(drop=True)


def _tuple_or_empty(values: Iterable[str] | None) -> tuple[str, ...]:
    return () if values is None else tuple(values)
