"""A folder is recognised by the files in it, and named by their contents."""

from pathlib import Path

import pytest

from streaming.datasets.boxoffice import BoxOffice
from streaming.datasets.dataset import fingerprint
from streaming.datasets.movielens import MovieLens1M, MovieLens100K, MovieLensCsv
from streaming.datasets.recognise import recognise, source_of
from streaming.errors import DatasetError


def folder(path: Path, *names: str, content: bytes = b"") -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name in names:
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("form", "names"),
    [
        (MovieLens1M, ["movies.dat", "ratings.dat", "users.dat", "order.csv"]),
        (MovieLens1M, ["ratings.dat"]),
        (MovieLens1M, ["movies.dat", "ratings.dat", "ratings.csv"]),
        (MovieLens100K, ["u.data", "u.item", "u.user"]),
        (MovieLens100K, ["u.item"]),
        (MovieLensCsv, ["movies.csv", "ratings.csv", "tags.csv", "links.csv"]),
        (MovieLensCsv, ["movies.csv", "ratings.csv", "ratings.dat"]),
        (BoxOffice, ["daily.parquet", "releases.parquet", "films.parquet"]),
        (BoxOffice, ["daily.parquet"]),
    ],
)
def test_a_folder_is_the_form_of_which_it_holds_most(tmp_path: Path, form: type, names: list[str]) -> None:
    assert type(recognise(folder(tmp_path, *names))) is form


def test_an_unknown_folder_is_refused_with_what_is_there_and_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as refusal:
        recognise(folder(tmp_path, "holiday.jpg", "notes.txt"))
    for told in (
        "holds holiday.jpg, notes.txt",
        "movies.dat and users.dat and ratings.dat",
        "u.item",
        "ratings.csv",
        "daily.parquet",
    ):
        assert told in str(refusal.value)


def test_an_empty_and_a_missing_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="holds nothing"):
        recognise(tmp_path)
    with pytest.raises(DatasetError, match=r"is no folder\. Give --data a folder that holds movies.dat"):
        recognise(tmp_path / "gone")


def test_a_fingerprint_is_of_the_contents_and_not_of_the_place(tmp_path: Path) -> None:
    here = recognise(folder(tmp_path / "here", "ratings.dat", content=b"1::1::3::10"))
    there = recognise(folder(tmp_path / "far" / "there", "ratings.dat", "order.csv", content=b"1::1::3::10"))
    other = recognise(folder(tmp_path / "other", "ratings.dat", content=b"1::1::3::11"))
    renamed = recognise(folder(tmp_path / "renamed", "movies.dat", content=b"1::1::3::10"))
    assert fingerprint([here]) == fingerprint([there])
    assert len({fingerprint(each) for each in ([here], [other], [renamed], [here, other], [here, here])}) == 5
    assert fingerprint([here, other]) == fingerprint([other, there])


def test_sources_are_found_by_name() -> None:
    source = source_of("ml-1m/ratings.dat")
    assert source is not None
    assert source.loader == "ml-1m/ratings.dat"
    assert source_of("ml-1m/order.csv") is None
