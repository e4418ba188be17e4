"""A code location with our executor and our watch over runs: one job that never ends, and one that ends at once.

A sensor asks for a run of the job whose name stands in the file `wanted` of DAGSTER_HOME.
"""

import os
import time
from pathlib import Path

from dagster import (
    AssetSelection,
    DefaultSensorStatus,
    Definitions,
    JobDefinition,
    RunRequest,
    SkipReason,
    asset,
    define_asset_job,
    sensor,
)

from dagster_project.executor import side_by_side
from dagster_project.runs import orphaned_runs


@asset
def endless() -> None:
    """Nothing: it is never made."""
    time.sleep(600)


@asset
def quick() -> None:
    """Nothing, at once."""


_JOBS = [
    define_asset_job(f"{name}_job", AssetSelection.assets(name), executor_def=side_by_side)
    for name in ("endless", "quick")
]


@sensor(jobs=_JOBS, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def wanted() -> RunRequest | SkipReason:
    """Asks for a run, once for each name."""
    file = Path(os.environ["DAGSTER_HOME"], "wanted")
    if not file.exists():
        return SkipReason("nothing is wanted")
    return RunRequest(run_key=file.read_text(), job_name=file.read_text())


definitions = Definitions(assets=[endless, quick], jobs=_JOBS, sensors=[wanted, orphaned_runs])


def job(name: str) -> JobDefinition:
    """One of the jobs."""
    return definitions.resolve_job_def(name)
