"""The back-test by weeks: the events known at each week's end, and the forecasts made from them.

Not part of a cycle: run it by a backfill or by the verb `backtest`. One run makes a whole range of weeks, because one
fit serves the thirteen weeks of a quarter. Like a cycle, it holds the lock of the state folder.
"""

from typing import Any

import pandas as pd
from dagster import (
    AllPartitionMapping,
    AssetCheckResult,
    AssetCheckSpec,
    AssetDep,
    AssetExecutionContext,
    BackfillPolicy,
    MaterializeResult,
    MetadataValue,
    TableRecord,
    WeeklyPartitionsDefinition,
    asset,
)

from dagster_project.resources import Loop
from dagster_project.staged import picture
from pipelines.forecasting.backtest import cycle as backtest
from pipelines.lake import delta
from pipelines.lake.expectations import Finding
from pipelines.platform import settings
from pipelines.report.figures.history import history_png

GROUP = "history"
# The last partition is the last completed week by Dagster's clock.
weeks = WeeklyPartitionsDefinition(start_date=settings.history_from().isoformat(), day_offset=1, timezone="UTC")


@asset(
    group_name=GROUP,
    kinds={"spark", "deltalake"},
    deps=["silver_boxoffice", "silver_films"],
    partitions_def=weeks,
    backfill_policy=BackfillPolicy.single_run(),
    check_specs=[AssetCheckSpec("every_event_counts", asset="film_day_week", blocking=True)],
)
def film_day_week(context: AssetExecutionContext, loop: Loop) -> MaterializeResult:
    """A row per film and date, or film's genres, with an event in the week: its newest values. Written to the lake."""
    rows, finding = backtest.write_log(loop.context, _weeks_of_run(context))
    _add_row_counts(context, rows)
    return MaterializeResult(check_results=[_as_check_result("every_event_counts", finding)])


@asset(
    group_name=GROUP,
    kinds={"xgboost", "deltalake"},
    # A forecast reads only the weeks before its own; an offset mapping that says so makes the web page seconds slower.
    deps=[AssetDep(film_day_week, partition_mapping=AllPartitionMapping())],
    partitions_def=weeks,
    backfill_policy=BackfillPolicy.single_run(),
    check_specs=[AssetCheckSpec("every_week_is_forecast", asset="weekly_forecasts", blocking=True)],
)
def weekly_forecasts(context: AssetExecutionContext, loop: Loop) -> MaterializeResult:
    """A row per film in release and day: forecasts at the week's end for the 28 days after it. Written to the lake."""
    made = backtest.write_forecasts(loop.context, _weeks_of_run(context), context.log.info)
    _add_row_counts(context, made.rows)
    context.add_asset_metadata(_accuracy_metadata(made), partition_key=context.partition_keys[-1])
    return MaterializeResult(check_results=[_as_check_result("every_week_is_forecast", made.finding)])


def _weeks_of_run(context: AssetExecutionContext) -> list[pd.Timestamp]:
    return [pd.Timestamp(key) for key in context.partition_keys]


def _add_row_counts(context: AssetExecutionContext, rows: "pd.Series[int]") -> None:
    """Attach the number of rows of each week to the run."""
    for week, number in rows.items():
        context.add_asset_metadata({"dagster/partition_row_count": int(number)}, partition_key=str(week)[:10])


def _accuracy_metadata(made: backtest.WeeklyForecasts) -> dict[str, Any]:
    """The accuracy of all weeks of a run, attached to its last week only."""
    asked = made.accuracy[made.accuracy["week"].isin(made.rows.index)]
    metadata: dict[str, Any] = {"skipped": MetadataValue.json(made.skipped)}
    if asked.empty:
        return metadata
    rows = delta.records(asked.assign(week=asked["week"].dt.date.astype(str)))
    return {
        **metadata,
        "accuracy": MetadataValue.table([TableRecord(row) for row in rows]),
        "plot": picture("errors and coverage by week", history_png(asked)),
    }


def _as_check_result(name: str, finding: Finding) -> AssetCheckResult:
    detail = MetadataValue.text(finding.detail)
    return AssetCheckResult(check_name=name, passed=finding.passed, metadata={finding.name: detail})
