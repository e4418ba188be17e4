"""`cineloop evaluate forecaster` on a small box office: all members are compared, and the test part is forecast."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.evaluation.metrics import coverage80
from pipelines.cli.main import app
from pipelines.forecasting.tasks import Question, rounds
from tests.models.premieres import daily_runs, premieres
from tests.pipelines.forecasting.box_office_folder import asked_films, write_folder, write_split

_MEMBERS = ["guess", "linear", "network", "trees", "stack"]
_CORRECTED = "stack, corrected by its errors"
_FILMS = 160  # until the second year that the market is forecast in
_MORE_FILMS = 260  # what a film takes worldwide is known late


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A data folder and its split."""
    return _written(tmp_path_factory.mktemp("box-office"), _FILMS)


def _written(base: Path, films: int) -> tuple[Path, Path]:
    data = write_folder(base / "data", films)
    return data, write_split(data, base / "split", films)


def _evaluate(places: tuple[Path, Path], out: Path, task: str, *options: str) -> dict[str, Any]:
    data, split = places
    arguments = ["evaluate", "forecaster", "--task", task, "--data", str(data), "--split", str(split)]
    done = CliRunner().invoke(app, [*arguments, "--out", str(out), "--json", *options], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def prerelease(places: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What is said of the films before release, and the file of forecasts."""
    out = tmp_path_factory.mktemp("out") / "prerelease.csv"
    return _evaluate(places, out, "prerelease", "--lead", "7"), out


def test_all_members_are_compared_with_what_they_cost(prerelease: tuple[dict[str, Any], Path]) -> None:
    answer, _ = prerelease
    rows = {row["member"]: row for row in answer["members"]}
    assert list(rows) == [*_MEMBERS, _CORRECTED]
    assert rows["stack"]["rmsle"] < 0.7 * rows["guess"]["rmsle"], "the law is there to be found"
    assert all(rows[name]["seconds"] > 0 and rows[name]["peak_bytes"] > 0 for name in _MEMBERS[:-1])
    assert sum(answer["shares"].values()) == pytest.approx(1.0)
    columns = [term["column"] for term in answer["formula"]]
    assert answer["formula"][0]["coefficient"] != 0
    assert {"budget", "sine of the year, 1", "genre Action", "theatres"} <= set(columns), "the formula is told in full"
    assert len(columns) == len(set(columns))


def test_every_film_of_the_test_part_is_forecast_with_an_interval(
    places: tuple[Path, Path], prerelease: tuple[dict[str, Any], Path]
) -> None:
    made = pd.read_csv(prerelease[1])
    asked = asked_films(places[1], "prerelease.csv").merge(made, on="film_id", validate="one_to_one")
    assert len(asked) == len(made) == prerelease[0]["forecasts"]
    error = np.log(asked["prediction"] / asked["domestic"])
    assert error.std() < 0.6 * np.log(asked["domestic"]).std()
    assert coverage80(asked["domestic"].to_numpy(), made["lo80"].to_numpy(), made["hi80"].to_numpy()) > 0.5
    assert (made["lo80"] <= made["prediction"]).all() and (made["prediction"] <= made["hi80"]).all()


def test_a_films_own_gross_does_not_change_its_forecast(
    places: tuple[Path, Path], prerelease: tuple[dict[str, Any], Path], tmp_path: Path
) -> None:
    data, split = places
    table = pd.read_csv(split / "prerelease.csv")
    changed = tmp_path / "split"
    changed.mkdir()
    table.loc[table["split"] == "test", "domestic"] = 123456789.0
    table.to_csv(changed / "prerelease.csv", index=False)
    _evaluate((data, changed), tmp_path / "again.csv", "prerelease", "--lead", "7")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), pd.read_csv(prerelease[1]))


def test_worldwide_grosses_are_forecast_and_the_table_names_members_and_where_the_forecasts_are(tmp_path: Path) -> None:
    data, split = _written(tmp_path, _MORE_FILMS)
    arguments = ["--data", str(data), "--split", str(split), "--out", str(tmp_path / "worldwide.csv")]
    done = CliRunner().invoke(
        app, ["evaluate", "forecaster", "--task", "worldwide", *arguments], env={"COLUMNS": "160"}
    )
    assert "in 80 % band" in done.stdout and "peak GiB" in done.stdout and "52 forecasts by the stack" in done.stdout
    assert "log gross a standard deviation" in done.stdout
    asked = asked_films(split, "worldwide.csv").merge(pd.read_csv(tmp_path / "worldwide.csv"), on="film_id")
    assert len(asked) == 52
    assert np.log(asked["prediction"] / asked["gross_ww"]).std() < 0.6 * np.log(asked["gross_ww"]).std()


def test_first_days_are_asked_of_the_films_of_the_test_part_and_known_three_days_later(
    places: tuple[Path, Path],
) -> None:
    (task,) = rounds(Question("opening", 7), *places)
    films = premieres(_FILMS)
    first = daily_runs(films).groupby("film_id").head(3).groupby("film_id")["gross"].sum()
    np.testing.assert_allclose(task.cases.dollars(task.outcome), first[films["film_id"]])
    assert task.keys[task.ask]["film_id"].to_list() == asked_films(places[1], "prerelease.csv")["film_id"].to_list()
    assert (task.cases.known - task.cases.at == 7 + 3).all() and "theatres" in task.cases.table


def test_days_8_to_35_of_each_run_are_forecast(places: tuple[Path, Path], tmp_path: Path) -> None:
    answer = _evaluate(places, tmp_path / "run.csv", "run")
    made = pd.read_csv(tmp_path / "run.csv")
    assert made.groupby("film_id")["day"].agg(["min", "max", "size"]).drop_duplicates().values.tolist() == [[8, 35, 28]]
    came = pd.read_parquet(places[1] / "run.parquet").merge(made, on=["film_id", "day"])
    assert (came["prediction"] - came["gross"]).abs().sum() / came["gross"].sum() < 0.25
    assert [row["member"] for row in answer["members"]] == [*_MEMBERS, _CORRECTED]
    assert answer["members"][-1]["cover80"] > 0.5


def test_the_market_is_forecast_from_every_evening_that_a_split_may_ask(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    _evaluate(places, tmp_path / "market.csv", "market")
    made = pd.read_csv(tmp_path / "market.csv", parse_dates=["origin", "date"])
    told = pd.read_csv(places[1] / "market.csv", parse_dates=["date"])
    until = told["date"].max() - pd.Timedelta(days=28)
    assert made["origin"].drop_duplicates().to_list() == list(pd.date_range("2016-01-07", until))
    assert (made.groupby("origin").size() == 28).all()
    came = told.merge(made, on="date")
    by_weekday = came.assign(off=(came["prediction"] - came["gross"]).abs()).groupby(came["origin"].dt.dayofweek)
    error = by_weekday["off"].sum() / by_weekday["gross"].sum()
    assert len(error) == 7 and error.max() < 1.2 * error[3] < 0.6, (
        "no evening is worse than the Thursdays that are learned"
    )


@pytest.mark.parametrize(
    ("task", "options", "said"),
    [
        ("premiere", (), "no task premiere: prerelease, opening, worldwide, run, market"),
        ("prerelease", ("--lead", "12"), "no forecast 12 days before the opening: 30, 7"),
        ("run", ("--lead", "7"), "run is not asked 7 days before an opening"),
        ("market", ("--lead", "7"), "leave --lead out"),
    ],
)
def test_what_cannot_be_asked_is_an_error_that_says_what_can(
    places: tuple[Path, Path], tmp_path: Path, task: str, options: tuple[str, ...], said: str
) -> None:
    data, split = places
    arguments = ["--data", str(data), "--split", str(split), "--out", str(tmp_path / "out.csv"), *options]
    done = CliRunner().invoke(app, ["evaluate", "forecaster", "--task", task, *arguments])
    assert done.exit_code == 1 and said in done.output


def test_a_missing_file_or_column_or_film_is_named(places: tuple[Path, Path], tmp_path: Path) -> None:
    data, split = places

    def said(data: Path, split: Path) -> str:
        arguments = ["--data", str(data), "--split", str(split), "--out", str(tmp_path / "out.csv")]
        return (
            CliRunner()
            .invoke(app, ["evaluate", "forecaster", "--task", "worldwide", *arguments])
            .output.replace("\n", "")
        )

    assert "worldwide.csv is missing" in said(data, tmp_path)
    assert "daily.parquet is missing" in said(tmp_path, split)
    (tmp_path / "worldwide.csv").write_text("film_id,split,gross_ww\n")
    assert "lacks release_date" in said(data, tmp_path)
    (tmp_path / "worldwide.csv").write_text("film_id,release_date,split,gross_ww\nnobody,2015-01-02,train,5\n")
    assert "1 films that the data lack, the first is nobody" in said(data, tmp_path)
