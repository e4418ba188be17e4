"""Box-office folders and their splits, read for the forecasters: frames that `models` know, whatever the files say."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from models.base.days import day_number
from models.films.past import LISTS, PastReleases
from pipelines.platform.errors import BadSplit

_MAKE = "make it with `forecast_eval.py make --data DIR --out SPLIT`"
_DAILY = ("date", "release_id", "gross", "theaters")
_FACTS = ("film_id", "title", "budget", "mpa", "duration", "overview", *LISTS)
_RELEASES = (*_FACTS, "release_id", "open_date", "distributor", "theaters_open", "theaters_w1")
_FILMS = (*_FACTS, "release_date", "year", "gross_us", "gross_ww")
_FOLDER = "give --data a folder with daily, releases and films as parquet"
_LENGTH = r"(?:(\d+)h)? ?(?:(\d+)m)?"


@dataclass(frozen=True)
class BoxOfficeHistory:
    """Daily grosses by film, film facts, and the films of the past with what they took."""

    daily: pd.DataFrame  # film_id, date, gross, of all films of the chart
    releases: pd.DataFrame  # facts of films that opened in the US, with opens and theatres
    films: pd.DataFrame  # facts of films of the world, with opens
    past: PastReleases
    aside: Mapping[str, str] = field(default_factory=dict)  # films that are left out, and why


def read_folder(folder: Path) -> BoxOfficeHistory:
    """Read daily.parquet, releases.parquet and films.parquet.

    Raises:
        BadSplit: a file is missing, or lacks a column.
    """
    daily = columns_of(folder / "daily.parquet", _DAILY, _FOLDER).drop_duplicates(["date", "release_id"])
    releases = _with_parsed_facts(columns_of(folder / "releases.parquet", _RELEASES, _FOLDER))
    films = _with_parsed_facts(columns_of(folder / "films.parquet", _FILMS, _FOLDER)).drop_duplicates(
        "film_id", ignore_index=True
    )
    releases = releases.drop_duplicates("film_id", ignore_index=True).assign(
        opens=lambda frame: frame["open_date"],
        theatres=lambda frame: frame["theaters_open"].fillna(frame["theaters_w1"]),
    )
    named = releases.set_index("release_id")["film_id"]
    by_film = daily.assign(film_id=daily["release_id"].map(named).fillna(daily["release_id"]))
    past = PastReleases(_past_films(films, releases), by_film[["film_id", "date", "gross"]])
    return BoxOfficeHistory(past.daily, releases, films.assign(opens=films["release_date"]), past)


def read_table(split: Path, name: str, dates: list[str]) -> pd.DataFrame:
    """Read a CSV or parquet file of a split.

    Raises:
        BadSplit: it is missing, or lacks a column.
    """
    path = split / name
    if not path.is_file():
        raise BadSplit(f"{path} is missing: {_MAKE}")
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    missing = [column for column in dates if column not in table]
    if missing:
        raise BadSplit(f"{path} lacks {', '.join(missing)}; it has {', '.join(table.columns)}: {_MAKE}")
    return table.assign(**{column: pd.to_datetime(table[column]) for column in dates})


def facts_of(films: pd.DataFrame, wanted: pd.Series) -> pd.DataFrame:
    """The rows of `films` for the wanted film_ids, in their order.

    Raises:
        BadSplit: the split names films that the data do not have.
    """
    unknown = wanted[~wanted.isin(films["film_id"])]
    if len(unknown):
        raise BadSplit(
            f"the split names {len(unknown)} films that the data lack, the first is {unknown.iloc[0]}: "
            f"give --data the folder that the split was made from"
        )
    return films.set_index("film_id").loc[wanted].reset_index()


def _past_films(films: pd.DataFrame, releases: pd.DataFrame) -> pd.DataFrame:
    """All films that have taken something, by the day they came out: at home where that is known."""
    ours = releases.set_index("film_id")
    year_end = pd.to_datetime(films["year"].clip(1950, 2050).astype(int).astype(str) + "-12-31")
    out = films["film_id"].map(ours["opens"]).fillna(films["release_date"]).fillna(year_end)
    past = films.assign(
        out=day_number(out),
        distributor=films["film_id"].map(ours["distributor"]),
        theatres=films["film_id"].map(ours["theaters_w1"]),
        domestic=films["gross_us"],
        worldwide=films["gross_ww"],
    )
    taken = past["domestic"].notna() | past["worldwide"].notna() | past["film_id"].isin(releases["film_id"])
    columns = [
        "film_id",
        "title",
        "out",
        *LISTS,
        "overview",
        "distributor",
        "budget",
        "theatres",
        "domestic",
        "worldwide",
    ]
    return past.loc[taken, columns].sort_values(["out", "film_id"], ignore_index=True)


def _with_parsed_facts(table: pd.DataFrame) -> pd.DataFrame:
    """The table with minutes, certificate, title and lists of names parsed from its texts."""
    parts = table["duration"].str.extract(_LENGTH).astype(float)
    minutes = (60 * parts[0].fillna(0) + parts[1].fillna(0)).where(parts.notna().any(axis=1))
    lists = {name: table[name].map(names_of) for name in LISTS}
    return table.assign(runtime_minutes=minutes, certificate=table["mpa"], title=table["title"].fillna(""), **lists)


def names_of(text: object) -> tuple[str, ...]:
    """The names of a list that is kept as it is printed; none where nothing is told."""
    return tuple(ast.literal_eval(text)) if isinstance(text, str) and text else ()


def columns_of(path: Path, columns: tuple[str, ...], cure: str) -> pd.DataFrame:
    """Read columns of a parquet file.

    Raises:
        BadSplit: it is missing, which `cure` says what to do about, or lacks a column.
    """
    if not path.is_file():
        raise BadSplit(f"{path} is missing: {cure}")
    table = pd.read_parquet(path)
    missing = [name for name in columns if name not in table]
    if missing:
        raise BadSplit(f"{path} lacks {', '.join(missing)}; it has {', '.join(table.columns)}")
    return table[list(dict.fromkeys(columns))]
