"""The past by weeks in Dagster: partitions, a range in one run, and no part in any cycle."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult, materialize
from pyspark.sql import SparkSession

from dagster_project.definitions import definitions
from dagster_project.defs.history import film_day_week, weekly_forecasts, weeks
from dagster_project.resources import Loop
from dagster_project.staged import selected_assets
from pipelines.forecasting.backtest.decide import FORECASTS
from pipelines.lake import delta
from tests.pipelines.forecasting.box_office_history import write_state

HISTORY = {AssetKey("film_day_week"), AssetKey("weekly_forecasts")}
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


def test_weeks_begin_on_mondays_and_end_by_dagsters_clock() -> None:
    now = pd.Timestamp("2023-12-31 12:00", tz="UTC").to_pydatetime()
    keys = weeks.get_partition_keys(current_time=now)
    assert (keys[0], keys[-1]) == ("2000-01-03", "2023-12-18"), "the week of 25 December is not over"
    assert {pd.Timestamp(key).dayofweek for key in keys} == {0}


def test_no_cycle_makes_history_and_a_job_of_its_own_does() -> None:
    made = {name: set(_keys(name)) for name in ("cycle", "observe", "history")}
    assert made["history"] == HISTORY
    assert not HISTORY & (made["cycle"] | made["observe"])
    everything = definitions.resolve_asset_graph().materializable_asset_keys
    assert made["cycle"] == everything - HISTORY, "a cycle makes all else"
    left = selected_assets(definitions.resolve_job_def("cycle"), {"film_day": "no event has ever arrived"})
    assert set(left) == made["cycle"] - {AssetKey("film_day")}


def _keys(job: str) -> Any:
    """As the worker asks."""
    return definitions.resolve_job_def(job).asset_layer.executable_asset_keys


@pytest.mark.spark
def test_a_range_of_weeks_is_made_in_one_run(spark: SparkSession, tmp_path: Path) -> None:
    loop = Loop(state=str(write_state(tmp_path / "state")))
    with DagsterInstance.ephemeral() as instance:
        early = _run(instance, loop, "2021-06-28", "2021-07-05")
        assert not early.success, "weeks before these have not been made"
        assert "weeks of features/film_day_week from 2020-12-28 to 2021-06-21 lack events" in _said(early)
        done = _run(instance, loop, "2020-12-28", "2021-07-05")
        assert done.success
        assert all(check.passed for check in done.get_asset_check_evaluations())
        made = done.asset_materializations_for_node("weekly_forecasts")
        assert [event.partition for event in made][::27] == ["2020-12-28", "2021-07-05"]
        assert [event.metadata["dagster/partition_row_count"].value > 0 for event in made][::27] == [False, True]
        assert "plot" in made[-1].metadata and "plot" not in made[0].metadata
        assert "2021Q1" in made[-1].metadata["skipped"].value
    rows = delta.read(tmp_path / "state" / "lake", FORECASTS)
    assert rows is not None and pd.to_datetime(rows["week"]).max() == pd.Timestamp("2021-07-05")


@pytest.mark.spark
def test_an_empty_week_of_which_events_have_come_fails_and_nothing_is_forecast(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.features.main.write_weeks", lambda spark, lake, weeks: None)
    loop = Loop(state=str(write_state(tmp_path / "state")))
    with DagsterInstance.ephemeral() as instance:
        done = _run(instance, loop, "2021-06-28", "2021-06-28")
    (check,) = done.get_asset_check_evaluations()
    assert not check.passed and check.blocking
    assert "0 events in the log" in str(check.metadata["every event counts"].value)
    assert done.asset_materializations_for_node("weekly_forecasts") == []


def _run(instance: DagsterInstance, loop: Loop, first: str, last: str) -> ExecuteInProcessResult:
    return materialize(
        [film_day_week, weekly_forecasts],
        instance=instance,
        resources={"loop": loop},
        tags=dict(zip(RANGE, (first, last), strict=True)),
        raise_on_error=False,
    )


def _said(run: ExecuteInProcessResult) -> str:
    (failure,) = [event for event in run.all_events if event.is_step_failure]
    error = failure.step_failure_data.error
    while error and error.cause:
        error = error.cause
    return error.message if error else ""
