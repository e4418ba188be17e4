"""`cineloop target` on a state that a simulated world has told, and `cineloop evaluate targets` on worlds."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from models.audience.disclosure import LEAST
from models.uplift.model import Uplift
from pipelines.campaigns.answer import OTHERS, segments
from pipelines.campaigns.decide import due
from pipelines.campaigns.inputs import FAMILY, described
from pipelines.cli.main import app
from pipelines.platform.model_registry import Registry
from pipelines.simulation.study_targets import Life, learned
from streaming.audience.clock import first_day
from streaming.audience.numeric import Floats
from streaming.audience.world import World
from tests.pipelines.lake.sequences import write_sequences
from tests.pipelines.lake.silver_lake import write_silver

WORLD = World(5, viewers=160)


@pytest.fixture(scope="module")
def life() -> Life:
    """A world after a few weeks, of which nothing has been learned."""
    life = Life(WORLD)
    life.begin()
    for _ in range(4):
        life.live()
    return life


@pytest.fixture(scope="module")
def unlearned(life: Life, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state whose lake holds what the world has told, and that has no model."""
    root = tmp_path_factory.mktemp("state")
    write_silver(root / "lake", life.films)
    write_sequences(root / "lake", life.interactions(), life.now)
    viewers = sorted(set(life.interactions()["viewer_id"]))
    active = pd.DataFrame({"viewer_id": viewers, "facet": "segment", "value": "regular"})
    write_deltalake(root / "lake" / "features" / "viewer_taste", active)
    told = {"age_band": ["18-24", "25-34"], "all": ["all", "all"]}
    told_by = [active.assign(segment_facet=facet, segment=np.resize(of, len(active))) for facet, of in told.items()]
    segments = pd.concat(told_by)[["viewer_id", "segment_facet", "segment"]]
    write_deltalake(root / "lake" / "features" / "viewer_segment", segments[1:])
    return root


@pytest.fixture(scope="module")
def state(unlearned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a model, learned in another life of the world."""
    root = tmp_path_factory.mktemp("learned") / "state"
    shutil.copytree(unlearned, root)
    registry = Registry(root / "mlflow")
    registry.register(FAMILY, Uplift.name, 1, learned(Life(World(6, viewers=200)), Uplift(bags=3)).save)
    registry.promote(FAMILY, 1)
    return root


@pytest.fixture(scope="module")
def coming(life: Life) -> pd.Series:
    """A film that opens soon."""
    return due(described(life.told(), life.now), set(), life.now).iloc[0]


def said(state: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["target", *words, "--state", str(state)], env={"COLUMNS": "200"})
    return done.output


def test_segments_come_by_uplift_and_the_curve_ends_with_all_of_the_gain(state: Path, coming: pd.Series) -> None:
    answer = json.loads(said(state, coming["film_id"], "--json"))
    facts, rows = answer["facts"], answer["segments"]
    assert [row["uplift"] for row in rows] == sorted((row["uplift"] for row in rows), reverse=True)
    assert {row["facet"] for row in rows} == {"age_band", "activity"}
    for facet in ("age_band", "activity"):
        sizes = [row["viewers"] for row in rows if row["facet"] == facet]
        assert sum(sizes) == pytest.approx(facts["viewers"], abs=10) and min(sizes) >= LEAST
        assert {size % 10 for size in sizes} == {0}
    assert {row["segment"] for row in rows} <= {"regular", "18-24", "25-34", OTHERS}, "who told nothing is too few"
    assert all(row["low"] < row["uplift"] < row["high"] and 0 < row["affinity"] < 1 for row in rows)
    curve = answer["curve"]
    assert curve[-1] == {"share": 1.0, "uplift": 1.0, "affinity": 1.0, "random": 1.0}
    assert all(row["uplift"] >= max(row["affinity"], row["random"]) - 1e-9 for row in curve)
    assert facts["opens"] == f"{coming['opens']:%Y-%m-%d}" and facts["model_version"] == "uplift/1"


def test_the_tables_say_how_sure_it_is(state: Path, coming: pd.Series) -> None:
    told = said(state, coming["title"])
    assert "whom to reach" in told and "expected share of the gain" in told and "80 % from" in told
    assert "uplift/1, on " in told and "campaigns that it had not seen" in told


def test_what_cannot_be_targeted_is_an_error_that_says_what_can(
    state: Path, unlearned: Path, coming: pd.Series, tmp_path: Path
) -> None:
    assert "no film with a date is called 'nobody': name one that is still to open" in said(state, "nobody")
    assert "films that are still to open, such as" in said(state, "e")
    assert "opened on" in (told := said(state, "film-00000")) and "or has just opened, such as" in told
    assert "no uplift is learned yet" in said(unlearned, coming["film_id"])
    assert "has taken anything up: `cineloop run --once`" in said(tmp_path, coming["film_id"])


def test_too_few_viewers_are_no_segment(state: Path, coming: pd.Series, tmp_path: Path) -> None:
    from deltalake import DeltaTable

    few = shutil.copytree(state, tmp_path / "state")
    table = few / "lake" / "features" / "interaction_sequence"
    rows = DeltaTable(table).to_pandas()
    kept = rows[rows["viewer_id"].isin(sorted(set(rows["viewer_id"]))[:7])]
    write_deltalake(table, kept.reset_index(drop=True), mode="overwrite")
    assert "7 viewers are known who have not taken" in said(few, coming["film_id"])


@given(st.lists(st.sampled_from("abcdefgh"), max_size=120))
def test_no_segment_is_small_and_none_can_be_told_from_the_rest(names: list[str]) -> None:
    found = dict(segments(pd.Series(names, dtype=object)))
    members = list(found.values())
    assert all(member.sum() >= LEAST for member in members)
    if len(names) >= LEAST:
        assert (np.sum(members, axis=0) == 1).all(), "each viewer is in one: nothing is left that a sum would give away"
    else:
        assert not members
    plain = {name for name in names if names.count(name) >= LEAST}
    assert set(found) - {OTHERS} <= plain


def takers(life: Life, film: str, trailer: str | None = None) -> set[str]:
    """Who watches a film in the weeks that follow."""
    return {viewer for viewer, films in life.goes_on(trailer).items() if film in films}


class OtherSecrets(World):
    """The same world, but that films which are still to open draw everybody more."""

    def lure(self, week: int) -> Floats:
        return super().lure(week) + (self.films_of(week).released >= first_day(6))


def test_no_feature_knows_what_is_hidden_or_still_to_come(life: Life, coming: pd.Series) -> None:
    other = Life(OtherSecrets(5, viewers=160))
    other.begin()
    for _ in range(4):
        other.live()
    pd.testing.assert_frame_equal(life.interactions(), other.interactions())
    assert takers(other, coming["film_id"]) != takers(life, coming["film_id"])
    pd.testing.assert_frame_equal(life.told(), other.told())


def test_a_life_with_the_trailer_is_that_without_it_but_for_the_trailer(life: Life, coming: pd.Series) -> None:
    film = coming["film_id"]
    without, again, with_it = life.goes_on(), life.goes_on(), life.goes_on(film)
    assert without == again and life.watched != without
    assert len(takers(life, film, film)) > len(takers(life, film))
    unmoved = [viewer for viewer in without if without[viewer] == with_it[viewer]]
    assert len(without) > len(unmoved) > 0.8 * len(without)


def test_worlds_compare_rankings() -> None:
    asked = ["evaluate", "targets", "--worlds", "2", "--films", "2", "--viewers", "200", "--json"]
    done = CliRunner().invoke(app, asked, catch_exceptions=False)
    answer = json.loads(done.stdout)
    assert answer["films"] == 4 and answer["gain"] > 0
    rows = {row["policy"]: row for row in answer["rows"]}
    assert list(rows) == [
        *("expected uplift", "affinity", "likeness of tastes", "segments by expected uplift", "random"),
    ]
    assert rows["random"]["over_random"] == 0 and rows["random"]["area"] == pytest.approx(answer["gain"] / 2)
    assert rows["expected uplift"]["more"] == 0 and rows["random"]["first"] == pytest.approx(0.3)
    assert all(row["low"] <= row["more"] <= row["high"] for row in rows.values())
