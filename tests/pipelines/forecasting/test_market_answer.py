"""`cineloop market` on a state whose lake has a box office, and a cycle that is repeated."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from jobs import decisions
from pipelines.cli.main import app
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.market.decide import OUTBOX
from pipelines.forecasting.market.train import FAMILY
from pipelines.platform.context import Context
from pipelines.platform.state import State
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_WEEK = 7 * 24 * 60 * 60 * 1000
_NOW = int(pd.Timestamp("2016-02-25").timestamp() * 1000) - 1


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A state after two cycles a week apart, each with its forecasts of the market."""
    base = tmp_path_factory.mktemp("market")
    context = Context(State.at(base / "state"))
    write_silver(context.state.lake, told_by(write_folder(base / "data", 130), _NOW))
    for as_of in (_NOW - _WEEK, _NOW):
        number = context.ledger.open_or_resume()
        context.ledger.note(number, as_of=as_of, silver={"boxoffice": number})
        made, _ = market.forecast(context, number)
        table = pa.Table.from_pandas(OUTBOX.rows(made), preserve_index=False)
        write_deltalake(context.state.lake / decisions.MARKET, table, mode="append")
        context.ledger.close(number)
    return context


def _said(context: Context, *arguments: str) -> Any:
    asked = ["market", *arguments, "--state", str(context.state.root), "--json"]
    done = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_newest_forecast_and_the_trend_are_answered(context: Context) -> None:
    said = _said(context)
    facts, days = said["facts"], said["days"]
    assert (facts["cycle"], facts["as_of"], facts["genre"], facts["model_version"]) == (
        2,
        "2016-02-24",
        None,
        "market/1",
    )
    assert [days[0]["date"], days[-1]["date"], len(days)] == ["2016-02-25", "2016-03-23", 28]
    assert all(day["q10"] <= day["q50"] <= day["q90"] for day in days)
    assert facts["total_q50"] == pytest.approx(sum(day["q50"] for day in days))
    whole, *genres = said["trend"]
    assert whole["genre"] is None and sum(row["gross"] for row in genres) == pytest.approx(whole["gross"])
    assert sum(row["share"] for row in genres) == pytest.approx(1.0)
    assert {row["genre"] for row in genres} == {"Action", "Comedy", "Drama"}
    assert all(row["low"] < row["change"] < row["high"] for row in said["trend"])


def test_a_genre_and_some_days_may_be_asked_for(context: Context) -> None:
    said = _said(context, "--genre", "drama", "--days", "3")
    assert said["facts"]["genre"] == "Drama" and len(said["days"]) == 3
    of_genres = sum(_said(context, "--genre", name)["facts"]["total_q50"] for name in ("Action", "Comedy", "Drama"))
    assert of_genres == pytest.approx(_said(context)["facts"]["total_q50"])


def test_people_see_tables_and_errors_that_say_what_to_do(context: Context, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["market", "--state", str(context.state.root)], env={"COLUMNS": "160"})
    assert "all films in US, known until 2016-02-24" in done.stdout and "a year before" in done.stdout
    refused = CliRunner().invoke(app, ["market", "--genre", "Opera", "--state", str(context.state.root)])
    assert refused.exit_code == 1 and "no genre 'Opera' was forecast: Action, Comedy, Drama" in refused.output
    empty = CliRunner().invoke(app, ["market", "--state", str(tmp_path)])
    assert empty.exit_code == 1 and "`cineloop run --once`" in empty.output


def test_a_cycle_that_is_repeated_makes_the_same(context: Context) -> None:
    stood = [version.name for version in context.registry.versions(FAMILY)]
    for number in (1, 2):
        made, note = market.forecast(context, number)
        assert note["version"] == "market/1" and note["fitted"] is (number == 1)
        rows = pd.DataFrame(OUTBOX.rows(made)).drop(columns="date")
        assert len(rows) == 4 * 28 and rows["cycle"].eq(number).all()
        again, _ = market.forecast(context, number)
        assert again == made
    assert [version.name for version in context.registry.versions(FAMILY)] == stood == ["market/1"]
