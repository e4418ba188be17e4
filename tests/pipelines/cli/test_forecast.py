"""A film in release is asked for by its id or its title, and what its forecast is made of adds up."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner

from jobs import decisions
from models.forecasters.quantile_trees import QuantileTrees
from pipelines.cli.main import app
from pipelines.forecasting.daily import answer as daily
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere, SeveralThere
from pipelines.platform.state import State
from pipelines.recommending import answer as desk
from tests.models.box_offices import decaying

_PANEL = decaying()
_LAST = _PANEL["date"].max()
_IN_RELEASE = sorted(_PANEL.loc[_PANEL["date"] == _LAST, "film_id"])[:3]
_TITLES = dict(zip(_IN_RELEASE, ("The Heist", "The Heist Again", "Rain"), strict=True)) | {"film-x": "Rainbow"}


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """Three films in release with a forecast by a model of the registry, and one that has none."""
    context = Context(State.at(tmp_path_factory.mktemp("desk") / "state"))
    model = QuantileTrees(rounds=20).fit(_PANEL)
    version = context.registry.register("forecaster", model.name, 1, model.save)
    made = model.forecast(_PANEL, _LAST).assign(forecast_id="f", cycle=1, model=model.name, model_version=version.name)
    films = pd.DataFrame({"film_id": list(_TITLES), "title": list(_TITLES.values())})
    tables = {"features/film_day": _PANEL, "features/film": films, decisions.FORECASTS: made}
    for name, rows in tables.items():
        write_deltalake(context.state.lake / name, pa.Table.from_pandas(rows, preserve_index=False))
    return context


def test_contributions_are_dollars_that_sum_to_the_median_of_all_days(context: Context) -> None:
    said = daily.forecast(context, _IN_RELEASE[0])
    dollars = [reason["contribution"] for reason in said.reasons]
    assert sum(dollars) == pytest.approx(sum(day["q50"] for day in said.days)) == pytest.approx(said.facts["total_q50"])
    shown = CliRunner().invoke(app, ["forecast", _IN_RELEASE[0], "--state", str(context.state.root)]).stdout
    assert "dollars that sum to the median" in " ".join(shown.split()) and "others" in shown
    assert "where it starts" in [reason["feature"] for reason in said.reasons] and len(said.days) == 28


def test_a_film_in_release_is_explained_without_spark_mlflow_and_torch(context: Context) -> None:
    program = "import sys; from pipelines.cli.main import app; app(sys.argv[1:], standalone_mode=False)"
    check = 'assert not {"pyspark", "mlflow", "torch"} & set(sys.modules), "these take seconds to import"'
    verb = ("forecast", _IN_RELEASE[0], "--json", "--state", str(context.state.root))
    done = subprocess.run([sys.executable, "-c", f"{program}; {check}", *verb], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["reasons"]


def test_what_was_told_since_has_a_row_of_its_own(context: Context, tmp_path: Path) -> None:
    later = _PANEL.assign(gross=_PANEL["gross"].where(_PANEL["date"] < _LAST, 2 * _PANEL["gross"]))
    write_deltalake(
        context.state.lake / "features/film_day", pa.Table.from_pandas(later, preserve_index=False), mode="overwrite"
    )
    said = daily.forecast(context, _IN_RELEASE[1])
    assert said.reasons[-1]["feature"] == "what was told since it was made" and said.reasons[-1]["contribution"] < 0
    assert sum(reason["contribution"] for reason in said.reasons) == pytest.approx(said.facts["total_q50"])


def test_a_title_names_one_film_or_the_films_that_it_may_be_are_listed(context: Context) -> None:
    assert daily.forecast(context, "the heist").facts["title"] == "The Heist", "the one that is called so"
    assert daily.forecast(context, "again").facts["title"] == "The Heist Again"
    assert daily.forecast(context, "rain").facts["title"] == "Rain"
    with pytest.raises(SeveralThere, match=rf"2 films in release .* The Heist \({_IN_RELEASE[0]}\), The Heist Again"):
        daily.forecast(context, "heis")
    asked = CliRunner().invoke(app, ["forecast", "heis", "--state", str(context.state.root)])
    assert asked.exit_code == 1 and "name one by its film_id" in " ".join(asked.output.split())
    with pytest.raises(NothingThere, match="no film in release is called 'rainb'"):
        daily.forecast(context, "rainb")


def test_an_id_that_begins_another_is_that_id(context: Context) -> None:
    rows = pd.DataFrame({"viewer_id": ["ab1", "ab10", "cd2"], "facet": ["genre"] * 3})
    write_deltalake(context.state.lake / "features/viewer", pa.Table.from_pandas(rows, preserve_index=False))
    assert desk.viewer(context, "ab1").facts["viewer_id"] == "ab1"
    assert desk.viewer(context, "cd").facts["viewer_id"] == "cd2"
    with pytest.raises(NothingThere, match="begins 2 ids, such as ab1, ab10"):
        desk.viewer(context, "ab")
