"""A code location with our resource and our sensor for orphaned runs: a job that never ends, and one that ends at once.

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
    in_process_executor,
    sensor,
)

from dagster_project.resources import Loop
from dagster_project.runs import orphaned_runs


@asset
def endless(loop: Loop) -> None:
    """Nothing: it is never made."""
    time.sleep(600)


@asset
def quick(loop: Loop) -> None:
    """Nothing, at once."""


_JOBS = [
    define_asset_job(f"{name}_job", AssetSelection.assets(name), executor_def=in_process_executor)
    for name in ("endless", "quick")
]


@sensor(jobs=_JOBS, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def wanted() -> RunRequest | SkipReason:
    """Asks for a run, once for each name."""
    file = Path(os.environ["DAGSTER_HOME"], "wanted")
    if not file.exists():
        return SkipReason("nothing is wanted")
    return RunRequest(run_key=file.read_text(), job_name=file.read_text())


definitions = Definitions(
    assets=[endless, quick], jobs=_JOBS, sensors=[wanted, orphaned_runs], resources={"loop": Loop(state="unused")}
)


def job(name: str) -> JobDefinition:
    """One of the jobs."""
    return definitions.resolve_job_def(name)
