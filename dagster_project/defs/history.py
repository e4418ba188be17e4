"""The past by weeks: what was told in each, and what the forecaster would have said at its end.

No cycle makes these: a backfill does, or the verb `backtest`. One run makes a whole range, for a quarter's fit serves
thirteen weeks. Like a cycle, it works alone in its state folder.
"""

from base64 import b64encode
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
from pipelines.forecasting.backtest import cycle as backtest
from pipelines.lake import delta
from pipelines.lake.expectations import Finding
from pipelines.platform import settings
from pipelines.report.figures.history import history_png

GROUP = "history"
# By Dagster's clock the last of them is the last that is over.
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
    """A row a film, territory and date, or a film's genres, that was told of in the week: its newest word on them."""
    rows, finding = backtest.write_log(loop.context, _asked(context))
    _count(context, rows)
    return MaterializeResult(check_results=[_checked("every_event_counts", finding)])


@asset(
    group_name=GROUP,
    kinds={"xgboost", "deltalake"},
    # A forecast reads all weeks before its own. To say just that, by an offset, would cost the page seconds a look.
    deps=[AssetDep(film_day_week, partition_mapping=AllPartitionMapping())],
    partitions_def=weeks,
    backfill_policy=BackfillPolicy.single_run(),
    check_specs=[AssetCheckSpec("every_week_is_forecast", asset="weekly_forecasts", blocking=True)],
)
def weekly_forecasts(context: AssetExecutionContext, loop: Loop) -> MaterializeResult:
    """A row a film in release and day: what would have been forecast at the week's end of the 28 days after it."""
    made = backtest.write_forecasts(loop.context, _asked(context), context.log.info)
    _count(context, made.rows)
    context.add_asset_metadata(_accuracy(made), partition_key=context.partition_keys[-1])
    return MaterializeResult(check_results=[_checked("every_week_is_forecast", made.finding)])


def _asked(context: AssetExecutionContext) -> list[pd.Timestamp]:
    return [pd.Timestamp(key) for key in context.partition_keys]


def _count(context: AssetExecutionContext, rows: "pd.Series[int]") -> None:
    for week, number in rows.items():
        context.add_asset_metadata({"dagster/partition_row_count": int(number)}, partition_key=str(week)[:10])


def _accuracy(made: backtest.WeeklyForecasts) -> dict[str, Any]:
    """For the last week of a run alone: each week's event would carry a copy."""
    asked = made.accuracy[made.accuracy["week"].isin(made.rows.index)]
    told: dict[str, Any] = {"skipped": MetadataValue.json(made.skipped)}
    if asked.empty:
        return told
    rows = delta.records(asked.assign(week=asked["week"].dt.date.astype(str)))
    picture = b64encode(history_png(asked)).decode()
    return {
        **told,
        "accuracy": MetadataValue.table([TableRecord(row) for row in rows]),
        "plot": MetadataValue.md(f"![errors and coverage by week](data:image/png;base64,{picture})"),
    }


def _checked(name: str, finding: Finding) -> AssetCheckResult:
    detail = MetadataValue.text(finding.detail)
    return AssetCheckResult(check_name=name, passed=finding.passed, metadata={finding.name: detail})
