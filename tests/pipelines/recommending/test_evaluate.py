"""`cineloop evaluate recommender`, on a tiny split: whole, honest, and never looking at the test part."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.platform.errors import BadSplit
from pipelines.recommending.data_split import read_films, read_split

_QUICK = "popularity,transitions,ease"


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """Forty viewers who like even or odd films of twenty; the test part is no CSV at all."""
    random = np.random.default_rng(0)
    rows = []
    for viewer in range(1, 41):
        films = 1 + viewer % 2 + 2 * random.permutation(10)
        rows += [(viewer, int(film), 10 * place) for place, film in enumerate(films[:8])]
    events = pd.DataFrame(rows, columns=["user_id", "item_id", "ts"])
    folder = tmp_path / "split"
    folder.mkdir()
    events[events["ts"] < 60].to_csv(folder / "train.csv", index=False)
    events[events["ts"] >= 60].to_csv(folder / "valid.csv", index=False)
    (folder / "test.csv").write_bytes(b"\xff never to be opened")
    return folder


def _evaluate(split: Path, out: Path, *more: str) -> Any:
    arguments = ["evaluate", "recommender", "--split", str(split), "--out", str(out), "--json", *more]
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_every_viewer_gets_a_list_of_films_new_to_them(split: Path, tmp_path: Path) -> None:
    answer = _evaluate(split, tmp_path / "deep" / "out.csv", "--members", _QUICK)
    listed = pd.read_csv(tmp_path / "deep" / "out.csv")
    assert list(listed.columns) == ["user_id", "item_id", "rank"]
    assert set(listed["user_id"]) == set(range(1, 41))
    assert listed.groupby("user_id").size().ge(10).all()
    known = pd.concat([pd.read_csv(split / name) for name in ("train.csv", "valid.csv")])
    assert listed.merge(known, on=["user_id", "item_id"]).empty
    assert [row["member"] for row in answer["members"]] == _QUICK.split(",")
    assert all(row["seconds"] > 0 and row["peak_bytes"] > 1e6 for row in answer["members"])
    best = max(answer["members"], key=lambda row: row["ndcg"])
    assert answer["chosen"]["member"] == best["member"]


def test_the_test_part_is_never_opened(split: Path, tmp_path: Path) -> None:
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    _evaluate(split, tmp_path / "out.csv", "--members", "popularity")
    watching = False
    assert any(path.endswith("train.csv") for path in opened)
    assert not any(path.endswith("test.csv") for path in opened)


def test_all_members_are_compared_and_films_are_read(split: Path, tmp_path: Path) -> None:
    lines = [f"{film}::Film {film} (19{film + 40})::{'Comedy' if film % 2 else 'Western'}\n" for film in range(1, 24)]
    (tmp_path / "movies.dat").write_text("".join(lines), encoding="latin-1")
    answer = _evaluate(split, tmp_path / "out.csv", "--films", str(tmp_path / "movies.dat"))
    ndcg = {row["member"]: row["ndcg"] for row in answer["members"]}
    assert {"composition", "content", "ease", "sequence", "transitions"} <= set(ndcg)
    assert ndcg["content"] > 2 * ndcg["popularity"]
    assert ndcg["composition"] >= ndcg["popularity"]


def test_the_table_names_members_costs_and_where_the_lists_are(split: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "recommender", "--split", str(split), "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, [*arguments, "--members", _QUICK], env={"COLUMNS": "120"})
    assert "transitions" in done.stdout and "peak GiB" in done.stdout and "40 viewers' lists by" in done.stdout


def test_ctrl_c_ends_it_with_a_word_and_writes_nothing(
    split: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipelines.recommending.evaluate.evaluate", interrupted)
    arguments = ["evaluate", "recommender", "--split", str(split), "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, [*arguments, "--checkpoints", str(tmp_path / "epochs")])
    assert done.exit_code == 130
    assert "the same command goes on from" in done.output
    assert not (tmp_path / "out.csv").exists()


def test_an_unknown_member_is_named(split: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "recommender", "--split", str(split), "--out", str(tmp_path / "out.csv")]
    done = CliRunner().invoke(app, [*arguments, "--members", "oracle"])
    assert done.exit_code == 1
    assert "no recommender oracle: als, blend, composition" in done.output


def test_a_split_that_is_none_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(BadSplit, match=r"train\.csv is missing"):
        read_split(tmp_path)
    (tmp_path / "train.csv").write_text("user_id,item_id\n1,2\n")
    with pytest.raises(BadSplit, match="lacks ts"):
        read_split(tmp_path)


def test_events_of_one_second_keep_the_order_of_the_file(split: Path) -> None:
    (split / "train.csv").write_text("user_id,item_id,ts\n1,9,5\n1,2,5\n2,9,5\n")
    train = read_split(split).train
    assert train["occurred_at"].tolist() == [5000, 5001, 5000]
    assert train["film_id"].tolist() == ["9", "2", "9"]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("movies.dat", "7::Heat (1995)::Action|Crime"),
        ("movies.csv", "movieId,title,genres\n7,Heat (1995),Action|Crime"),
        ("u.item", "7|Heat (1995)|15-Dec-1995|||0|1|0|0|0|0|1|" + "|".join("0" * 12)),
    ],
)
def test_films_are_read_from_each_form_of_movielens(tmp_path: Path, name: str, line: str) -> None:
    (tmp_path / name).write_text(line + "\n")
    film = read_films(tmp_path / name).iloc[0]
    assert (film["film_id"], film["title"], film["year"], film["genres"]) == ("7", "Heat", 1995, ("Action", "Crime"))


def test_a_file_of_films_of_no_known_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSplit, match=r"called movies\.csv, movies\.dat, u\.item"):
        read_films(tmp_path / "films.txt")
