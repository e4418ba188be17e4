"""MovieLens in its three forms: what a line becomes, and what becomes of a line that is none."""

from datetime import date
from pathlib import Path

import pytest

from streaming.datasets.dataset import Dataset, Reading
from streaming.datasets.recognise import recognise
from streaming.schema.events import Event, FilmDescribed, Rate, ViewerDescribed
from streaming.schema.identity import Pseudonymiser

PSEUDONYMISE = Pseudonymiser(b"k" * 32)
JANUARY_1995 = 788_918_400_000
ITEM_FLAGS = "|".join("1" if genre in (1, 16) else "0" for genre in range(19)).encode()


def folder(tmp_path: Path, **files: bytes) -> Path:
    for name, content in files.items():
        (tmp_path / name.replace("__", ".")).write_bytes(content)
    return tmp_path


def events(dataset: Dataset) -> list[Event]:
    reading = dataset.read()
    assert reading.bad == []
    return [draft.event(PSEUDONYMISE) for draft in (*reading.descriptions, *reading.happenings)]


def described(event: Event) -> tuple[object, ...]:
    assert isinstance(event, FilmDescribed)
    return event.occurred_at, event.film_id, event.title, event.genres, event.release_date


def told(event: Event) -> tuple[object, ...]:
    assert isinstance(event, ViewerDescribed)
    return event.occurred_at, event.viewer_id, event.age_band, event.gender, event.occupation


def rated(event: Event) -> tuple[object, ...]:
    assert isinstance(event, Rate)
    return event.occurred_at, event.viewer_id, event.film_id, event.rating


def test_movielens_1m(tmp_path: Path) -> None:
    dataset = recognise(
        folder(
            tmp_path,
            movies__dat="6::Amélie (Fabuleux destin, Le) (1995)::Comedy|Romance\n".encode("latin-1"),
            ratings__dat=b"12::6::4::978300760\n",
            users__dat=b"12::F::1::10::48067\n",
        )
    )
    viewer, film, rating = events(dataset)
    title = "Amélie (Fabuleux destin, Le) (1995)"
    assert told(viewer) == (0, PSEUDONYMISE("ml-1m:12"), "under 18", "female", "school student")
    assert described(film) == (JANUARY_1995, "ml-6", title, ("Comedy", "Romance"), None)
    assert rated(rating) == (978_300_760_000, PSEUDONYMISE("ml-1m:12"), "ml-6", 4.0)
    assert [path.name for path in dataset.files()] == ["movies.dat", "users.dat", "ratings.dat"]


def test_movielens_100k(tmp_path: Path) -> None:
    dataset = recognise(
        folder(
            tmp_path,
            u__item=b"6|Heat (1995)|15-Dec-1995||http://x|" + ITEM_FLAGS + b"\n7|unknown||||" + b"1" + b"|0" * 18,
            u__data=b"12\t6\t4\t978300760\n",
            u__user=b"12|53|M|librarian|55105\n",
        )
    )
    unknown, viewer, film, rating = events(dataset)
    assert told(viewer) == (0, PSEUDONYMISE("ml-100k:12"), "50-55", "male", "librarian")
    day = date(1995, 12, 15)
    assert described(film) == (818_985_600_000, "ml-6", "Heat (1995)", ("Action", "Thriller"), day)
    assert described(unknown) == (0, "ml-7", "unknown", (), None)
    assert rated(rating) == (978_300_760_000, PSEUDONYMISE("ml-100k:12"), "ml-6", 4.0)


def test_movielens_csv(tmp_path: Path) -> None:
    dataset = recognise(
        folder(
            tmp_path,
            movies__csv='\ufeffmovieId,title,genres\r\n6,"Cité, La (1995)",(no genres listed)\r\n'.encode(),
            ratings__csv=b"userId,movieId,rating,timestamp\r\n12,6,3.5,978300760\r\n\r\n",
        )
    )
    film, rating = events(dataset)
    assert described(film) == (JANUARY_1995, "ml-6", "Cité, La (1995)", (), None)
    assert rated(rating) == (978_300_760_000, PSEUDONYMISE("ml-csv:12"), "ml-6", 3.5)


@pytest.mark.parametrize(
    ("title", "since"),
    [
        ("Heat (1995)", JANUARY_1995),
        ("Heat (1995) ", JANUARY_1995),
        ("Fawlty Towers (1975-1995)", 157_766_400_000),
        ("(1984) revisited (1995)", JANUARY_1995),
        ("Trip to the Moon, A (1902)", -2_145_916_800_000),
        ("Babylon 5", 0),
    ],
)
def test_a_film_is_known_from_the_year_in_its_title(tmp_path: Path, title: str, since: int) -> None:
    (draft,) = recognise(folder(tmp_path, movies__dat=f"1::{title}::Drama".encode())).read().descriptions
    assert draft.occurred_at == since


def test_rows_come_in_order_of_time_then_of_lines(tmp_path: Path) -> None:
    lines = b"1::1::1::30\n2::1::2::10\n3::1::3::30\n4::1::4::20\n5::1::5::10\n"
    reading = recognise(folder(tmp_path, ratings__dat=lines)).read()
    assert [draft.origin.rpartition("#")[2] for draft in reading.happenings] == ["L2", "L5", "L4", "L1", "L3"]


def test_ids_tell_rows_apart_and_follow_from_what_a_row_says(tmp_path: Path) -> None:
    lines = b"1::1::3::10\n1::1::3::10\n2::1::3::10\n1::2::3::10\n1::1::4::10\n1::1::3::11\n01::1::3.0::10\n"
    happenings = recognise(folder(tmp_path, ratings__dat=lines)).read().happenings
    ids = {draft.line: draft.event(PSEUDONYMISE).event_id for draft in happenings}
    assert ids[1] == ids[2] == ids[7]
    assert len(set(ids.values())) == 5
    other_key = Pseudonymiser(b"K" * 32)
    assert not {draft.event(other_key).event_id for draft in happenings} & set(ids.values())


SUSPICIOUS = {
    "a rating of 9": (b"1::1::9::10", 10_000),
    "no stars at all": (b"1::1::-1::10", 10_000),
    "an unknown film": (b"1::999999::3::10", 10_000),
    "the year 2999": (b"1::1::3::32472144000", 32_472_144_000_000),
    "before the epoch": (b"1::1::3::-86400", -86_400_000),
}


@pytest.mark.parametrize(("line", "at"), SUSPICIOUS.values(), ids=SUSPICIOUS)
def test_what_only_the_lake_can_judge_is_an_event(tmp_path: Path, line: bytes, at: int) -> None:
    (event,) = events(recognise(folder(tmp_path, ratings__dat=line)))
    assert event.occurred_at == at


BROKEN_RATINGS = {
    "a field too few": (b"918::1::3", "wanted 4 fields"),
    "a field too many": (b"918::1::3::10::x", "saw 5"),
    "letters for a viewer": (b"x918::1::3::10", "viewer id: wanted 1 to 18 digits, saw 4 bytes of text"),
    "letters for a film": (b"918::heat::3::10", "film id: wanted"),
    "no number for a rating": (b"918::1::good::10", "rating: wanted a decimal number"),
    "no rating": (b"918::1::::10", "rating: wanted a decimal number, saw nothing"),
    "not a number": (b"918::1::nan::10", "rating: wanted"),
    "a time that is no number": (b"918::1::3::yesterday", "time: wanted seconds since 1970"),
    "a time beyond all clocks": (b"918::1::3::1000000000000000", "time: wanted"),
    "bytes that are no text": (b"918\xff\x00::1::3::10", "saw 5 bytes that are no text"),
    "spaces": (b" 918::1::3::10", "viewer id"),
    "another form": (b"918,1,3,10", "saw 1"),
}


@pytest.mark.parametrize(("line", "told"), BROKEN_RATINGS.values(), ids=BROKEN_RATINGS)
def test_a_broken_rating_is_told_with_its_place_and_bytes(tmp_path: Path, line: bytes, told: str) -> None:
    content = b"1::1::3::10\n" + line + b"\r\n2::1::3::10\n"
    reading = recognise(folder(tmp_path, ratings__dat=content)).read()
    (bad,) = reading.bad
    assert (bad.origin, bad.loader, bad.raw) == ("ml-1m/ratings.dat#L2", "ml-1m/ratings.dat", line)
    assert told in bad.error
    assert "918" not in bad.error
    assert [draft.line for draft in reading.happenings] == [1, 3]


def read(tmp_path: Path, name: str, content: bytes) -> Reading:
    return recognise(folder(tmp_path, **{name: content})).read()


BROKEN_FILMS = {
    "1M: a field too few": ("movies__dat", b"1::Heat (1995)", "wanted 3 fields"),
    "1M: letters for an id": ("movies__dat", b"one::Heat (1995)::Drama", "film id: wanted 1 to 18 digits"),
    "1M: no title": ("movies__dat", b"1:: ::Drama", "title: wanted text"),
    "1M: no text": ("movies__dat", b"1::He\x00at (1995)::Drama", "bytes that are no text"),
    "100K: no flags": ("u__item", b"6|Heat (1995)|15-Dec-1995||http://x", "wanted 24 fields"),
    "100K: no day": ("u__item", b"6|Heat|15-Foo-1995||x|" + ITEM_FLAGS, "release date: wanted a day"),
    "100K: a flag of 2": ("u__item", b"6|Heat|15-Dec-1995||x|2" + ITEM_FLAGS[1:], "genre flags"),
    "CSV: no text": ("movies__csv", b"1,He\xffat (1995),Drama", "bytes that are no text"),
    "CSV: an open quote": ("movies__csv", b'1,"Heat (1995),Drama', "no row of comma-separated values"),
    "CSV: a field too many": ("movies__csv", b"1,Heat, The (1995),Drama", "saw 4"),
}


@pytest.mark.parametrize(("name", "line", "told"), BROKEN_FILMS.values(), ids=BROKEN_FILMS)
def test_a_broken_film_is_told(tmp_path: Path, name: str, line: bytes, told: str) -> None:
    reading = read(tmp_path, name, line)
    assert told in reading.bad[0].error
    assert (reading.descriptions, len(reading.bad)) == ([], 1)


BROKEN_VIEWERS = {
    "1M: a field too few": ("users__dat", b"918::F::1::10", "wanted 5 fields"),
    "1M: letters for a viewer": ("users__dat", b"x918::F::1::10::48067", "viewer id: wanted 1 to 18 digits"),
    "1M: no age": ("users__dat", b"918::F::::10::48067", "age: wanted 1 to 18 digits, saw nothing"),
    "1M: no gender known": ("users__dat", b"918::X::1::10::48067", "gender: wanted F or M, saw 1 bytes of text"),
    "1M: no occupation known": ("users__dat", b"918::F::1::21::48067", "occupation: wanted a number below 21"),
    "100K: bytes that are no text": ("u__user", b"918|53|M|li\xff|55105", "occupation: wanted a word"),
}


@pytest.mark.parametrize(("name", "line", "told"), BROKEN_VIEWERS.values(), ids=BROKEN_VIEWERS)
def test_a_broken_viewer_is_told_without_a_digit_of_the_id(tmp_path: Path, name: str, line: bytes, told: str) -> None:
    reading = read(tmp_path, name, line)
    assert told in reading.bad[0].error and "918" not in reading.bad[0].error
    assert (reading.descriptions, len(reading.bad)) == ([], 1)


def test_nobodys_postcode_is_told(tmp_path: Path) -> None:
    (viewer,) = events(recognise(folder(tmp_path, users__dat=b"12::F::1::10::48067\n")))
    assert "48067" not in viewer.model_dump_json()


def test_blank_lines_are_no_lines(tmp_path: Path) -> None:
    reading = read(tmp_path, "ratings__dat", b"\n1::1::3::10\n  \n\r\n\n")
    assert ([draft.line for draft in reading.happenings], reading.bad) == ([2], [])


def test_a_header_is_one_only_at_the_top(tmp_path: Path) -> None:
    header = b"userId,movieId,rating,timestamp\n"
    reading = read(tmp_path, "ratings__csv", header + b"1,1,3,10\n" + header)
    assert [draft.line for draft in reading.happenings] == [2]
    assert [bad.origin for bad in reading.bad] == ["ml-csv/ratings.csv#L3"]


def test_a_folder_of_nothing_but_broken_lines_is_a_data_set(tmp_path: Path) -> None:
    reading = read(tmp_path, "ratings__dat", b"::\nx\n")
    assert (reading.descriptions, reading.happenings, len(reading.bad)) == ([], [], 2)
