"""`cineloop forecast` of films before they open: quantiles, dollars that add up, like films, what would change it."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from models.outlook.openings import OpeningOutlook, Openings
from pipelines.cli.main import app
from pipelines.forecasting.openings.decide import family, today_of
from pipelines.lake.film_history import film_history
from pipelines.platform.context import Context
from pipelines.platform.state import State
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_NOW = int(pd.Timestamp("2016-02-25").timestamp() * 1000) - 1  # the evening before the Thursday before film 112 opens


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state whose last cycle ended in February 2016, with an outlook for each question."""
    base = tmp_path_factory.mktemp("foresight")
    context = Context(State.at(base / "state"))
    write_silver(context.state.lake, told_by(write_folder(base / "data", 130), _NOW))
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=_NOW)
    history = film_history(context.state.lake, _NOW)
    for lead in (30, 7):
        asked = Openings.of(history.releases, history.past, today_of(_NOW), lead)
        fitted = OpeningOutlook.fit(asked, lead)
        version = context.registry.register(family(lead), "stack", number, fitted.save)
        context.registry.promote(version.family, version.number)
    context.ledger.close(number)
    return context.state.root


def _said(state: Path, *arguments: str) -> Any:
    done = CliRunner().invoke(app, ["forecast", *arguments, "--state", str(state), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def _refused(state: Path, *arguments: str) -> str:
    done = CliRunner().invoke(app, ["forecast", *arguments, "--state", str(state)])
    assert done.exit_code == 1
    return done.output.replace("\n", " ")


def test_an_announced_film_has_quantiles_dollars_that_add_up_and_like_films(state: Path) -> None:
    said = _said(state, "bo-rltt0115")
    facts = said["facts"]
    assert (facts["lead"], facts["opens"], facts["as_of"]) == (30, "2016-03-18", "2016-02-24")
    assert facts["q10"] < facts["q50"] < facts["q90"]
    assert sum(part["dollars"] for part in said["contributions"]) == pytest.approx(facts["q50"], rel=1e-4)
    assert len(said["comparable"]) == 8 and all(film["total"] >= film["first_week"] > 0 for film in said["comparable"])
    for film in said["comparable"]:
        assert film["weeks"][0] == film["first_week"] > film["weeks"][1] > 0 and sum(film["weeks"]) == film["total"]
    assert said["comparable"][0]["likeness"] >= said["comparable"][-1]["likeness"] > 0


def test_its_first_days_are_told_with_an_interval_and_less_than_all(state: Path) -> None:
    said = _said(state, "bo-rltt0115")
    first, total = said["opening"], said["facts"]
    assert 0 < first["q10"] < first["q50"] < first["q90"]
    assert first["q50"] < 0.6 * total["q50"], "four dollars in ten are taken on a weekend that opens a run"


def test_what_would_change_it_is_another_date_certificate_and_where_they_are_booked_other_cinemas(state: Path) -> None:
    changes = {change["what"]: change for change in _said(state, "bo-rltt0115")["changes"]}
    assert "opening on 2016-04-01 (+2 weeks)" in changes and "rated G" in changes
    assert not any("cinemas" in what for what in changes) and not any("2016-02" in what for what in changes)
    booked = _said(state, "bo-rltt0112")
    assert booked["facts"]["lead"] == 7
    assert [what for what in changes_of(booked) if "cinemas" in what], "a week before, cinemas can still be booked"
    for change in booked["changes"]:
        assert change["q50"] - booked["facts"]["q50"] == pytest.approx(change["change"])


def changes_of(said: Any) -> list[str]:
    return [change["what"] for change in said["changes"]]


def test_a_film_is_described_by_a_file_or_by_flags(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "film.yaml"
    file.write_text("title: Heist\nopens: 2016-04-15\nbudget: 2.0e7\ngenres: [Action]\nstars: [Di Eng]\n")
    said = _said(state, "--described", str(file))
    assert said["facts"]["title"] == "Heist" and said["facts"]["q50"] > 0
    dearer = _said(state, "--described", str(file), "--budget", "9e7")
    assert dearer["facts"]["q50"] > said["facts"]["q50"], "in this world grosses rise with budgets"
    flags = ["--title", "Heist", "--opens", "2016-04-15", "--budget", "2e7", "--genre", "Action", "--star", "Di Eng"]
    assert _said(state, *flags)["facts"] == said["facts"]
    unknown_budget = _said(state, "--title", "Heist", "--opens", "2016-04-15")
    assert unknown_budget["facts"]["q50"] > 0 and unknown_budget["comparable"] == [], "nothing is told to compare by"


def test_people_see_tables(state: Path) -> None:
    done = CliRunner().invoke(app, ["forecast", "bo-rltt0115", "--state", str(state)], env={"COLUMNS": "160"})
    for part in (
        "in all at home",
        "sum to the median",
        "first three days",
        "weeks, US$ million",
        "what would change it",
    ):
        assert part in " ".join(done.stdout.split()), done.stdout


def test_errors_say_what_to_do(state: Path, tmp_path: Path) -> None:
    assert "describe it with --described FILE" in _refused(state, "Nobody's Film")
    assert "name a film, or describe one" in _refused(state)
    assert "not both" in _refused(state, "bo-rltt0115", "--title", "Heist")
    assert "a film needs opens" in _refused(state, "--title", "Heist")
    assert "opens on 2010-01-01, and it is 2016-02-25" in _refused(state, "--title", "Heist", "--opens", "2010-01-01")
    file = tmp_path / "film.yaml"
    assert "cannot be read as YAML" in _refused(state, "--described", str(file))
    file.write_text("title: Heist\nopens: 2016-04-15\nbugdet: 5\n")
    assert "nothing is known of bugdet" in _refused(state, "--described", str(file))
    file.write_text("title: Heist\nopens: soon\n")
    assert "the description cannot be read: opens" in _refused(state, "--described", str(file))
    file.write_text("just words")
    assert "a mapping is wanted" in _refused(state, "--described", str(file))
    assert "announced films are called 'Story'" in _refused(state, "Story")
    assert _said(state, "story l115")["facts"]["film_id"] == "bo-rltt0115"
    assert "no cycle has run yet" in _refused(tmp_path / "empty", "Story")
