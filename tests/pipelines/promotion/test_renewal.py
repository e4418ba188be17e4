"""A new fit of what is fitted when there is reason to serves only if it passes the gate, whatever the family."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app
from pipelines.forecasting.market import cycle as market
from pipelines.forecasting.market.train import FAMILY as MARKET
from pipelines.forecasting.openings import cycle as openings
from pipelines.forecasting.openings.decide import family as outlook_family
from pipelines.lake.film_history import film_history
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes
from pipelines.platform.state import State
from streaming.schema.events import BoxOfficeDay, Event
from tests.pipelines.forecasting.box_office_folder import told_by, write_folder
from tests.pipelines.lake.silver_lake import write_silver

_FIRST = pd.Timestamp("2014-01-03")  # a Friday, on which film 0 opens, and one on each after it
_FITTED, _DUE = 90, 125  # films that have opened when the first fit is made, and when the second is due
_PASSING, _LASTING = range(85, 101), range(85, 200)  # films of an odd time, and of one that has changed for good
_LEAD = 30


def _evening(films: int) -> int:
    """The last millisecond before so many films have opened."""
    return int((_FIRST + pd.Timedelta(weeks=films)).timestamp() * 1000) - 1


def _tenfold(told: list[Event], opened: range) -> list[Event]:
    """The same events, but these films take ten times as much."""
    return [
        event.model_copy(update={"gross": 10 * event.gross})
        if isinstance(event, BoxOfficeDay) and int(event.film_id[-4:]) in opened
        else event
        for event in told
    ]


def _weekends_lost(told: list[Event]) -> list[Event]:
    """The same events, but for four months after the first fit nobody goes on weekends, and everybody on other days."""
    begin, end = ((_FIRST + pd.Timedelta(weeks=weeks)).date() for weeks in (_FITTED, 107))
    return [
        event.model_copy(update={"gross": event.gross * (0.05 if event.date.weekday() >= 4 else 6.0)})
        if isinstance(event, BoxOfficeDay) and begin <= event.date < end
        else event
        for event in told
    ]


def _of_chance(told: list[Event]) -> list[Event]:
    """The same events, but what a film takes is multiplied by chance, of which nothing known of it tells."""
    factors = np.exp(np.random.default_rng(0).normal(0.0, 2.0, 10_000))
    return [
        event.model_copy(update={"gross": event.gross * factors[int(event.film_id[-4:])]})
        if isinstance(event, BoxOfficeDay)
        else event
        for event in told
    ]


def _state(folder: Path, told: list[Event]) -> Context:
    context = Context(State.at(folder))
    write_silver(context.state.lake, told)
    return context


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return told_by(write_folder(tmp_path_factory.mktemp("renewal") / "data", 140))


def _cycle(context: Context, films: int) -> int:
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=_evening(films), silver={"boxoffice": number})
    return number


def _market(context: Context, number: int) -> dict[str, Any]:
    made, note = market.forecast(context, number)
    assert {each.model_version for each in made} == {note["version"]}
    return note


def _outlook(context: Context, number: int) -> dict[str, Any]:
    history = film_history(context.state.lake, context.ledger.read(number)["as_of"])
    served = openings.renewed(context, number, _LEAD, history)
    assert served.version.name == served.note["version"]
    return served.note


Decide = Callable[[Context, int], dict[str, Any]]
_FAMILIES = [(MARKET, _market), (outlook_family(_LEAD), _outlook)]


@pytest.mark.parametrize(
    ("family", "decide", "drifted"),
    [
        (MARKET, _market, _weekends_lost),
        (outlook_family(_LEAD), _outlook, lambda told: _tenfold(told, _PASSING)),
    ],
)
def test_a_fit_under_drift_that_is_worse_than_what_stands_does_not_serve(
    family: str, decide: Decide, drifted: Callable[[list[Event]], list[Event]], told: list[Event], tmp_path: Path
) -> None:
    context = _state(tmp_path / "state", drifted(told))
    first = decide(context, _cycle(context, _FITTED))
    assert first["version"] == f"{family}/1" and "no worse than the " in first["gate"]["reason"]
    context.ledger.close(1)
    second = decide(context, _cycle(context, _DUE))
    assert second["fitted"] and "not shown to be no worse than what serves" in second["gate"]["reason"]
    assert second["version"] == f"{family}/1", "what stands goes on"
    serving = context.registry.serving(family)
    assert serving is not None and serving.number == 1 and len(context.registry.versions(family)) == 2
    listed = CliRunner().invoke(app, ["models", "list", "--state", str(context.state.root)], env={"COLUMNS": "250"})
    assert "not shown to be no worse than what serves" in " ".join(listed.output.split())
    again = decide(context, 2)
    assert again == second and len(context.registry.versions(family)) == 2, "a repeated cycle decides the same"
    context.ledger.close(2)
    third = decide(context, _cycle(context, _DUE + 1))
    assert not third["fitted"] and "since the newest fit" in third["reason"], "a refused one is not tried each cycle"


@pytest.mark.parametrize(("family", "decide"), _FAMILIES)
def test_a_fit_that_is_better_serves_and_keeps_its_numbers_when_the_cycle_is_repeated_on_newer_data(
    family: str, decide: Decide, told: list[Event], tmp_path: Path
) -> None:
    context = _state(tmp_path / "state", _tenfold(told, _LASTING))
    decide(context, _cycle(context, _FITTED))
    context.ledger.close(1)
    number = _cycle(context, _DUE)
    second = decide(context, number)
    assert second["version"] == f"{family}/2" and second["gate"]["promoted"]
    learned = (context.registry.version(family, 2).folder / "manifest.json").read_bytes()
    context.ledger.note(number, as_of=_evening(_DUE + 2))
    again = decide(context, number)
    assert (again["version"], again["gate"], again["reason"]) == (second["version"], second["gate"], second["reason"])
    assert [version.number for version in context.registry.versions(family)] == [1, 2]
    assert (context.registry.version(family, 2).folder / "manifest.json").read_bytes() == learned
    shutil.rmtree(context.registry.version(family, 2).folder)
    context.ledger.close(number)
    fallen = decide(context, _cycle(context, _DUE + 1))
    assert fallen["version"] == f"{family}/1", "torn: what served before serves"
    assert list(context.ledger.read(3)["torn"]) == [f"{family}/2"]


def test_a_first_fit_that_is_no_better_than_its_baseline_does_not_serve(told: list[Event], tmp_path: Path) -> None:
    context = _state(tmp_path / "state", _of_chance(told))
    number = _cycle(context, _FITTED)
    with pytest.raises(NothingServes, match="not shown to be no worse than the mean of the films known"):
        _outlook(context, number)
    assert context.registry.serving(outlook_family(_LEAD)) is None
