"""`cineloop brief`: what was published of a segment, and nothing else."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from models.scripts.asked import Header
from pipelines.cli.main import app
from pipelines.platform.errors import NothingThere
from pipelines.scripts.brief import brief, completed, headers, most_wanted, segment_headers
from pipelines.scripts.decide import Wanted, commissions
from pipelines.scripts.observe import liked_genres
from pipelines.scripts.segment_names import segment_named
from tests.pipelines.scripts.script_state import publish, read_by, told_lake


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = told_lake(tmp_path_factory.mktemp("brief"))
    publish(root)
    publish(root, "2020-02-01", horror=0.6)
    return root


def said(state: Path, *words: str) -> str:
    return CliRunner().invoke(app, ["brief", *words, "--state", str(state)], env={"COLUMNS": "200"}).output


def test_a_segment_wants_what_it_takes_up_beyond_others_and_how_sure_is_told(state: Path) -> None:
    answer = json.loads(said(state, "--segment", "Horror", "--json"))
    first, *others = answer["genres"]
    assert first["value"] == "Horror" and first["wanted"] == "more" and first["viewers"] % 10 == 0
    assert first["low"] < first["share"] == 0.6 < first["high"] and first["beyond"] == pytest.approx(0.2)
    assert [row["wanted"] for row in others] == ["as others", "less"]
    assert {row["value"] for row in answer["eras"]} == {"2020s"} and answer["eras"][0]["wanted"] == "as others"
    assert answer["facts"]["segment"] == "taste/Horror" and answer["facts"]["periods"] == 2
    assert all(film["genres"] == ["Horror"] for film in answer["comparables"]) and len(answer["comparables"]) == 6


def test_the_trend_and_the_tone_are_those_of_the_segment(state: Path) -> None:
    horror, romance = (brief(state / "lake", name) for name in ("taste/Horror", "Romance"))
    assert {row["value"]: row["trend"] for row in horror.genres} == {
        "Horror": "falling", "Romance": "rising", "Western": "steady",
    }  # fmt: skip
    assert horror.tone["tone"] == "dark" and romance.tone["tone"] == "light"
    assert horror.tone["high"] < 0 < romance.tone["low"]
    assert headers(romance)[0] == (("Romance",), "light", "taste/Romance")


def test_of_what_is_wanted_the_first_that_a_writer_knows_is_asked_for(state: Path) -> None:
    lake = state / "lake"
    told = segment_headers(lake, "taste/Horror")
    assert [own.genres for own in told] == [("Horror",), ("Western",), ("Romance",)]
    first = {known: most_wanted(lake, ["taste/Horror"], known) for known in [(), ("Romance", "Western"), ("Opera",)]}
    assert first == {
        (): [("taste/Horror", told[0])], ("Romance", "Western"): [("taste/Horror", told[1])], ("Opera",): [],
    }  # fmt: skip
    assert completed(Header(("Opera",)), told, ["Opera"]) == (("Opera",), "dark", "taste/Horror")
    assert completed(Header(tone="light"), told, ()) == (("Horror",), "light", "taste/Horror")
    with pytest.raises(NothingThere, match="wants Horror, Western, Romance, and the writer has learned Opera: name"):
        completed(Header(), told, ["Opera"])
    assert segment_headers(lake, "Martians") == []


def test_beside_the_brief_a_writer_that_takes_any_genre_writes_one_that_somebody_wants() -> None:
    wanted = [Wanted("a", Header(("Horror",))), Wanted("b", Header(("Romance",)))]
    orders = [order for cycle in range(1, 20) for order in commissions(wanted, (), cycle)]
    assert {order.header.genres for order in orders if order.policy == "unbriefed"} == {("Horror",), ("Romance",)}


def test_what_readers_love_is_asked_for_next(state: Path, tmp_path: Path) -> None:
    lake = shutil.copytree(state / "lake", tmp_path / "lake")
    read_by(lake, {("taste/Horror", "Western"): 5.0, ("taste/Horror", "Horror"): 2.0, ("all", "Romance"): 5.0})

    def asked_for(liked: dict[tuple[str, str], float]) -> dict[str, tuple[str, ...]]:
        return {name: header.genres for name, header in most_wanted(lake, ["taste/Horror", "Romance"], (), liked)}

    assert asked_for(liked_genres(lake)) == {"taste/Horror": ("Western",), "Romance": ("Romance",)}
    young = {"taste/Horror": ("Horror",), "Romance": ("Romance",)}
    assert asked_for(liked_genres(lake, 1)) == asked_for(liked_genres(lake, as_of=0)) == young, "not read by then"
    liked = liked_genres(lake)
    assert liked["taste/Horror", "Western"] == pytest.approx((1 - 2 / 3) / 2), "of sixteen readers half counts"
    assert liked["all", "Romance"] == 0


def test_everybody_wants_what_is_taken_up_most(state: Path) -> None:
    assert [row["share"] for row in brief(state / "lake", "all").genres] == [0.4, 0.4, 0.2]


def test_the_tables_name_the_period_and_the_chance(state: Path) -> None:
    told = said(state, "--segment", "Horror")
    assert "genres of taste/Horror, month from 2020-02-01" in told and "tone: dark" in told
    assert "of which 10% may be chance; 2 periods are published" in told


def test_what_is_not_published_is_not_told(state: Path, tmp_path: Path) -> None:
    assert "there is no segment 'unpublished': name one of all, taste/Horror" in said(state, "--segment", "unpublished")
    assert "NothingThere: no period of" in said(tmp_path, "--segment", "all") and "turn more cycles" in said(
        tmp_path, "--segment", "all"
    )
    with pytest.raises(NothingThere, match="'untold' names 2 segments: name one of age_band/untold, gender/untold"):
        segment_named("untold", ["age_band/untold", "gender/untold"])


def test_without_films_there_are_no_comparables_and_the_rest_is_told(tmp_path: Path) -> None:
    publish(tmp_path)
    found = brief(tmp_path / "lake", "Horror")
    assert found.comparables == [] and found.genres[0]["value"] == "Horror"
    assert pd.DataFrame(found.genres)["trend"].eq("steady").all()
