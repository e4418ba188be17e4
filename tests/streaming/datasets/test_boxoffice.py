"""The box office: days, facts of releases, and what is never read of them."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from streaming.datasets.recognise import recognise, source_of
from streaming.errors import DatasetError
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed
from streaming.schema.identity import Pseudonymiser

PSEUDONYMISE = Pseudonymiser(b"k" * 32)
FACTS = {
    **{"release_id": "rl1", "title": "Heat", "genres": "['Crime', 'Drama']", "directors": "['Michael Mann']"},
    **{"writers": "['Michael Mann']", "stars": '["Al Pacino", "Robert De Niro"]', "overview": "A heist."},
    **{"first_seen": datetime(2002, 5, 3), "release_date": datetime(2002, 5, 10), "budget": 6e7},
    **{"distributor": "Warner Bros.", "mpa": "R", "duration": "2h 50m", "rating": 8.3, "votes": "700K"},
    **{"gross_ww": 1.9e8, "domestic": 6.7e7, "open_date": datetime(2002, 5, 3), "theaters_open": 1_325.0},
    **{"companies": "['Regency']", "countries": "['United States']", "languages": "['English', 'Spanish']"},
}
DAY = {
    **{"date": datetime(2002, 5, 3), "release_id": "rl1", "title": "Heat", "gross": 8_400_000},
    **{"theaters": 1_325.0, "to_date": 8_400_000.0, "distributor": "Warner Bros."},
}


def write(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(rows)), folder / name)


def described(event: Event) -> FilmDescribed:
    assert isinstance(event, FilmDescribed)
    return event


def test_a_day_ends_when_its_date_ends(tmp_path: Path) -> None:
    write(tmp_path, "daily.parquet", DAY)
    (draft,) = recognise(tmp_path).read().happenings
    assert draft.origin == "boxoffice/daily.parquet#L1"
    event = draft.event(PSEUDONYMISE)
    assert isinstance(event, BoxOfficeDay)
    assert event.occurred_at == int(datetime.fromisoformat("2002-05-04T00:00+00:00").timestamp()) * 1000 - 1
    assert (event.film_id, event.date, event.gross) == ("bo-rl1", date(2002, 5, 3), 8_400_000.0)
    assert (event.territory, event.screens) == ("US", 1_325)


def test_facts_known_before_the_run_enter_and_no_others(tmp_path: Path) -> None:
    write(tmp_path, "releases.parquet", FACTS)
    announced, booked = recognise(tmp_path).read().descriptions
    event = described(announced.event(PSEUDONYMISE))
    assert event.model_dump(exclude={"event_id", "occurred_at"}) == {
        **{"film_id": "bo-rl1", "title": "Heat", "genres": ("Crime", "Drama")},
        "people": ("Michael Mann", "Al Pacino", "Robert De Niro"),
        **{"release_date": date(2002, 5, 10), "budget": 6e7, "synopsis": "A heist."},
        **{"distributor": "Warner Bros.", "certificate": "R", "runtime_minutes": 170.0},
        **{"directors": ("Michael Mann",), "writers": ("Michael Mann",)},
        **{"stars": ("Al Pacino", "Robert De Niro"), "companies": ("Regency",)},
        **{"countries": ("United States",), "languages": ("English", "Spanish")},
        **{"opens": date(2002, 5, 3), "wide": True, "opening_theatres": None},
    }
    later = {**FACTS, "rating": 1.0, "votes": "9", "gross_ww": 0.0, "domestic": 0.0}
    write(tmp_path / "later", "releases.parquet", later)
    again = recognise(tmp_path / "later").read().descriptions
    assert [draft.event(PSEUDONYMISE) for draft in again] == [event, booked.event(PSEUDONYMISE)]


@pytest.mark.parametrize(("released", "known"), [("2002-05-10", 3), ("2002-05-01", 1), (None, 3)])
def test_a_film_is_announced_90_days_before_it_opens_is_released_or_takes_money(
    tmp_path: Path, released: str | None, known: int
) -> None:
    day = datetime.fromisoformat(released) if released else None
    write(tmp_path, "releases.parquet", {**FACTS, "release_date": day}, {**FACTS, "release_id": "rl2"})
    drafts = [draft for draft in recognise(tmp_path).read().descriptions if draft.fields[0] == "bo-rl1"]
    wanted = datetime.fromisoformat(f"2002-05-0{known}T00:00+00:00") - timedelta(days=90)
    assert drafts[0].occurred_at == wanted.timestamp() * 1000


def test_bookings_are_told_a_week_before_the_opening_and_where_they_are_known(tmp_path: Path) -> None:
    small, silent = {"release_id": "rl2", "theaters_open": 4.0}, {"release_id": "rl3", "theaters_open": None}
    write(tmp_path, "releases.parquet", FACTS, {**FACTS, **small}, {**FACTS, **silent})
    films = [described(draft.event(PSEUDONYMISE)) for draft in recognise(tmp_path).read().descriptions]
    booked = {film.film_id: film for film in films if film.opening_theatres is not None}
    assert {name: film.opening_theatres for name, film in booked.items()} == {"bo-rl1": 1_325, "bo-rl2": 4}
    week_before = int(datetime.fromisoformat("2002-04-26T00:00+00:00").timestamp()) * 1000
    assert {film.occurred_at for film in booked.values()} == {week_before}
    assert [film.wide for film in films if film.opening_theatres is None] == [True, False, None]


def test_a_file_without_the_newer_columns_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    newer = ("companies", "countries", "languages", "open_date", "theaters_open")
    write(tmp_path, "releases.parquet", {name: value for name, value in FACTS.items() if name not in newer})
    (film,) = [described(draft.event(PSEUDONYMISE)) for draft in recognise(tmp_path).read().descriptions]
    assert (film.stars, film.companies, film.opens, film.wide) == (("Al Pacino", "Robert De Niro"), (), None, None)


def test_a_release_without_facts_is_described_by_its_days(tmp_path: Path) -> None:
    write(tmp_path, "releases.parquet", FACTS)
    other = {**DAY, "release_id": "rl2", "title": "Ronin", "distributor": None}
    later = {**other, "date": datetime(2002, 6, 1), "title": "Ronin (again)"}
    nameless = {**DAY, "release_id": "rl3", "title": None}
    write(tmp_path, "daily.parquet", DAY, later, other, nameless)
    reading = recognise(tmp_path).read()
    films = {draft.fields[0]: described(draft.event(PSEUDONYMISE)) for draft in reading.descriptions}
    assert {film_id: film.title for film_id, film in films.items()} == {"bo-rl1": "Heat", "bo-rl2": "Ronin"}
    ronin = films["bo-rl2"]
    assert ronin.occurred_at == int(datetime.fromisoformat("2002-05-03T00:00+00:00").timestamp()) * 1000
    assert (ronin.distributor, ronin.budget, ronin.genres) == (None, None, ())
    assert len(reading.happenings) == 4


def test_days_before_2002_are_left_out_and_lines_keep_their_numbers(tmp_path: Path) -> None:
    write(tmp_path, "daily.parquet", {**DAY, "date": datetime(2001, 12, 31)}, {**DAY, "date": datetime(2002, 1, 1)})
    reading = recognise(tmp_path).read()
    assert ([draft.line for draft in reading.happenings], reading.bad) == ([2], [])


def test_a_second_row_for_a_day_gets_the_same_id(tmp_path: Path) -> None:
    write(tmp_path, "daily.parquet", DAY, {**DAY, "gross": 1}, {**DAY, "date": datetime(2002, 5, 4)})
    ids = [draft.event(PSEUDONYMISE).event_id for draft in recognise(tmp_path).read().happenings]
    assert ids[0] == ids[1] != ids[2]


def test_broken_rows_are_told_and_can_be_read_again(tmp_path: Path) -> None:
    broken = [
        {**DAY, "date": None},
        {**DAY, "release_id": None},
        {**DAY, "gross": None},
        {**DAY, "gross": float("inf")},
        {**DAY, "theaters": float("inf")},
    ]
    write(tmp_path, "daily.parquet", DAY, *({**row, "gross": row["gross"] and float(row["gross"])} for row in broken))
    write(tmp_path, "releases.parquet", FACTS, {**FACTS, "release_id": "rl2", "genres": "Crime"})
    reading = recognise(tmp_path).read()
    assert [bad.origin.rpartition("/")[2] for bad in reading.bad] == [
        "releases.parquet#L2",
        *(f"daily.parquet#L{line}" for line in range(2, 7)),
    ]
    wanted = ["genres: wanted", "date: wanted a day", "release_id: wanted", "gross: wanted", "gross: wanted"]
    assert [bad.error[: len(start)] for bad, start in zip(reading.bad, wanted, strict=False)] == wanted
    facts, *days = reading.bad
    source, daily = source_of(facts.loader), source_of(days[0].loader)
    assert source is not None
    assert daily is not None
    assert source.draft(facts.raw.replace(b'"Crime"', b"\"['Crime']\""), 2).fields[0] == "bo-rl2"
    cured = daily.draft(days[0].raw.replace(b'"date": null', b'"date": "2002-05-03"'), 2)
    assert cured.event(PSEUDONYMISE) == reading.happenings[0].event(PSEUDONYMISE)


@pytest.mark.parametrize("missing", ["release_id", "gross"])
def test_a_file_without_a_column_is_refused_with_what_it_should_have(tmp_path: Path, missing: str) -> None:
    write(tmp_path, "daily.parquet", {name: value for name, value in DAY.items() if name != missing})
    with pytest.raises(DatasetError, match=rf"columns date .*{missing}"):
        recognise(tmp_path).read()


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "daily.parquet").write_bytes(b"PAR1 not really")
    with pytest.raises(DatasetError, match="cannot be read as parquet"):
        recognise(tmp_path).read()
