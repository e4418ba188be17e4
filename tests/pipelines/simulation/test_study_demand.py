"""`cineloop evaluate demand`: worlds that live, and films forecast with and without what was viewed."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from models.base.days import day_number
from models.films.demand import demand_table
from pipelines.cli.main import app
from pipelines.simulation.study_demand import lived
from streaming.audience.world import World


def test_a_world_is_told_by_what_was_viewed_and_taken_and_nobody_is_named() -> None:
    history, viewing = lived(World(5, viewers=30, films=60), 8)
    assert viewing.counts["play"].sum() > 30 * 8
    assert viewing.counts["stars"].sum() > viewing.counts["rate"].sum() > 0 and viewing.searches.sum() > 0
    assert viewing.films["released"].notna().all() and len(history.daily) > 0
    shorter = lived(World(5, viewers=30, films=60), 6)[1]
    days = shorter.counts["play"].shape[1]
    films = len(shorter.films)
    np.testing.assert_array_equal(viewing.counts["play"][:films, :days], shorter.counts["play"])


def test_weeks_after_the_forecast_change_no_column() -> None:
    (_, short), (history, long) = (lived(World(5, viewers=30, films=60), weeks) for weeks in (16, 18))
    by = np.full(5, short.first + short.counts["play"].shape[1])
    films = history.releases.head(5).assign(people=[("Nobody",)] * 5)
    made = [demand_table(films, viewing, by) for viewing in (short, long)]
    pd.testing.assert_frame_equal(*made)
    assert made[0].notna().all(axis=None) and day_number(history.daily["date"]).max() > by[0]


def test_films_are_compared_with_themselves() -> None:
    asked = ["evaluate", "demand", "--worlds", "2", "--viewers", "50", "--weeks", "64", "--json"]
    done = CliRunner().invoke(app, asked, catch_exceptions=False)
    answer = json.loads(done.stdout)
    without, viewing, ceiling = answer["rows"]
    assert answer["films"] > 20 and answer["learned"] > 20
    assert (without["change"], without["low"], without["high"], without["better"]) == (0.0, 0.0, 0.0, 0.0)
    for row in (viewing, ceiling):
        assert row["low"] <= row["change"] <= row["high"] and 0 < row["better"] < 1
        assert row["change"] == pytest.approx(row["mean_error"] / without["mean_error"] - 1)
