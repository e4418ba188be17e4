"""`cineloop plan` on a lake that a simulated world has told, and `cineloop evaluate plans` on worlds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.base.days import day_number
from pipelines.cli.main import app
from pipelines.planning.answer import known_of_lake
from pipelines.simulation.study_plans import known_at
from streaming.audience.box_office import HISTORY_WEEKS, box_office_events, gross_if_opened
from streaming.audience.catalogue_events import described
from streaming.audience.clock import first_day
from streaming.audience.films import Films
from streaming.audience.world import World
from tests.pipelines.lake.silver_lake import write_silver

WORLD, WEEK = World(5, viewers=5, films=130), 2


class OtherSecrets(World):
    """The same world, but for what nobody can know yet of films that are still to open."""

    def films_of(self, week: int) -> Films:
        films = super().films_of(week)
        coming = films.released >= first_day(WEEK + 1)
        changed = {name: np.where(coming, getattr(films, name) + 1.0, getattr(films, name)) for name in _HIDDEN}
        return replace(films, **changed)


_HIDDEN = ("quality", "appeal", "surprise")


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state whose lake holds what the world tells in its first weeks."""
    root, films = tmp_path_factory.mktemp("state"), WORLD.films_of(WEEK)
    days = [day for week in range(1 - HISTORY_WEEKS, WEEK + 1) for day in box_office_events(WORLD, week)]
    write_silver(root / "lake", [*(described(WORLD.seed, films, row) for row in range(len(films))), *days])
    return root


@pytest.fixture(scope="module")
def film() -> pd.Series:
    """A film that is still to open."""
    known = known_at(WORLD, WEEK)
    return known.films[day_number(known.films["opens"]) > known.today + 40].iloc[0]


def _said(state: Path, *words: str) -> str:
    done = CliRunner().invoke(app, ["plan", *words, "--state", str(state)], env={"COLUMNS": "200"})
    return done.output


def test_dates_theatres_and_rivals_are_answered(state: Path, film: pd.Series) -> None:
    answer = json.loads(_said(state, film["film_id"], "--weeks", "6", "--scale", "1.5", "--json"))
    assert answer["facts"]["announced"] == f"{film['opens']:%Y-%m-%d}"
    assert {row["scale"] for row in answer["dates"]} == {1.0, 1.5}
    usual = [row for row in answer["dates"] if row["scale"] == 1]
    assert len(usual) in (6, 7)  # the announced date may be another one
    (announced,) = [row for row in usual if row["announced"]]
    assert announced["gain50"] == announced["probability"] == 0
    best = max(usual, key=lambda row: row["q50"] if not row["announced"] else 0)
    assert answer["facts"]["best"] in (best["opens"], announced["opens"])
    assert all(row["q10"] < row["q50"] < row["q90"] for row in answer["dates"])


def test_the_table_shows_the_announced_date_among_the_best(state: Path, film: pd.Series) -> None:
    said = _said(state, film["title"], "--weeks", "20")
    assert f"{film['opens']:%Y-%m-%d} (announced)" in said and "probability" in said
    assert "theatres over usual" in said


def test_what_cannot_be_planned_is_an_error_that_names_films_that_can(state: Path, film: pd.Series) -> None:
    known = known_at(WORLD, WEEK)
    out = known.films[day_number(known.films["opens"]) <= known.today].iloc[-1]
    assert f"opened on {out['opens']:%Y-%m-%d}: name a film that is still to open" in _said(state, out["film_id"])
    assert "no film with a date is called 'nobody'" in _said(state, "nobody")
    assert "films that are still to open, such as" in _said(state, "e")


def test_an_empty_state_says_what_to_do(tmp_path: Path) -> None:
    assert "has taken anything: `cineloop run --once`" in _said(tmp_path, "film-00001")


def test_a_planner_is_told_nothing_of_what_is_hidden_or_still_to_come(film: pd.Series) -> None:
    ours, theirs = known_at(WORLD, WEEK), known_at(OtherSecrets(5, viewers=5, films=130), WEEK)
    pd.testing.assert_frame_equal(ours.films, theirs.films)
    pd.testing.assert_frame_equal(ours.daily, theirs.daily)
    row, day = int(film["film_id"].split("-")[1]), first_day(12) + 4
    assert gross_if_opened(OtherSecrets(5, 5, 130), row, day) > 1.2 * gross_if_opened(WORLD, row, day)
    assert day_number(ours.daily["date"]).max() <= ours.today
    assert set(ours.films["film_id"]) <= {f"film-{known:05d}" for known in range(len(WORLD.films_of(WEEK)))}


def test_a_film_is_announced_when_it_is_first_described(tmp_path: Path) -> None:
    day = max(box_office_events(WORLD, WEEK), key=lambda event: event.occurred_at)
    first = described(WORLD.seed, WORLD.films_of(WEEK), int(day.film_id.removeprefix("film-")))
    again = first.model_copy(update={"event_id": "again", "occurred_at": day.occurred_at - 1})
    assert again.occurred_at - first.occurred_at > 86_400_000
    write_silver(tmp_path, [first, again, day])
    known = known_of_lake(tmp_path).films.set_index("film_id")
    assert known.loc[first.film_id, "announced"] == pd.Timestamp(first.occurred_at, unit="ms").normalize()


def test_worlds_compare_plans_with_simpler_policies() -> None:
    asked = ["evaluate", "plans", "--worlds", "2", "--films", "2", "--weeks", "4", "--json"]
    runs = [CliRunner().invoke(app, asked, catch_exceptions=False) for _ in range(2)]
    answer = json.loads(runs[0].stdout)
    assert runs[0].stdout == runs[1].stdout
    assert answer["films"] == 4
    rows = {row["policy"]: row for row in answer["rows"]}
    assert list(rows) == ["season only", "weekend of the genre's best", "any date", "announced", "best in hindsight"]
    assert rows["best in hindsight"]["gain"] <= 0
    assert all(row["low"] <= row["gain"] <= row["high"] for row in rows.values())
    assert rows["any date"]["gain"] == pytest.approx(answer["gross"] / rows["any date"]["gross"] - 1)
