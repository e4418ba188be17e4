"""A small box-office folder and its splits, in the form of the real ones, with a known law."""

from pathlib import Path

import pandas as pd

from models.films.past import LISTS
from streaming.datasets.recognise import recognise
from streaming.schema.events import Event
from streaming.schema.identity import Pseudonymiser
from tests.models.premieres import daily_runs, premieres

_DAYS = 35


def write_folder(folder: Path, films: int = 260) -> Path:
    """daily.parquet, releases.parquet and films.parquet of `premieres`."""
    folder.mkdir(parents=True)
    known = premieres(films).assign(theatres=lambda films: films["theatres"].round())
    daily = daily_runs(known).rename(columns={"theatres": "theaters"})
    titles = daily["film_id"].map(known.set_index("film_id")["title"])
    named = daily.assign(release_id="rl" + daily["film_id"], title=titles, distributor=None)
    named.drop(columns="film_id").to_parquet(folder / "daily.parquet")
    facts = known[["film_id", "title", "budget", "overview"]].assign(
        mpa=known["certificate"],
        duration=[f"{int(minutes) // 60}h {int(minutes) % 60}m" for minutes in known["runtime_minutes"]],
        **{name: [str(list(names)) for names in known[name]] for name in LISTS},
    )
    facts.assign(
        release_id="rl" + known["film_id"],
        open_date=known["opens"],
        first_seen=known["opens"],
        release_date=known["opens"],
        distributor=known["distributor"],
        theaters_open=known["theatres"],
        theaters_w1=known["theatres"],
    ).to_parquet(folder / "releases.parquet")
    facts.assign(
        release_date=known["opens"], year=known["opens"].dt.year, gross_us=known["gross"], gross_ww=2 * known["gross"]
    ).to_parquet(folder / "films.parquet")
    return folder


def write_split(folder: Path, split: Path, films: int = 260) -> Path:
    """The latest fifth of the films is the test part; a market of all films, and runs of 35 days."""
    split.mkdir(parents=True)
    known = premieres(films)
    parts = ["train" if number < films * 0.8 else "test" for number in range(films)]
    named = known[["film_id", "title"]].assign(split=parts)
    named.assign(open_date=known["opens"], domestic=known["gross"]).to_csv(split / "prerelease.csv", index=False)
    named.assign(release_date=known["opens"], gross_ww=2 * known["gross"]).to_csv(split / "worldwide.csv", index=False)
    daily = daily_runs(known)
    daily["day"] = daily.groupby("film_id").cumcount() + 1
    runs = daily[daily["day"] <= _DAYS].rename(columns={"theatres": "theaters"}).drop(columns="date")
    runs.merge(named.assign(open_date=known["opens"]), on="film_id").to_parquet(split / "run.parquet")
    daily.groupby("date")["gross"].sum().to_csv(split / "market.csv")
    return split


def asked_films(split: Path, name: str) -> pd.DataFrame:
    """The test films of a split."""
    table = pd.read_csv(split / name)
    return table[table["split"] == "test"]


def told_by(folder: Path, until: int | None = None) -> list[Event]:
    """All events that the loaders make of a folder, or those that had happened by `until` (UTC milliseconds)."""
    reading = recognise(folder).read()
    assert not reading.bad
    drafts = (*reading.descriptions, *reading.happenings)
    pseudonymise = Pseudonymiser(b"k" * 32)
    return [draft.event(pseudonymise) for draft in drafts if until is None or draft.occurred_at <= until]
