"""All that Dagster knows of Cineloop."""

from dagster import Definitions, JobDefinition, load_assets_from_package_module

from dagster_project import automation, defs, runs
from dagster_project.checks import checks
from dagster_project.defs.streaming import topics
from dagster_project.resources import loop_of_environment

definitions = Definitions(
    assets=[*load_assets_from_package_module(defs), *topics],
    asset_checks=checks,
    jobs=[automation.cycle, automation.observe, automation.past],
    sensors=[automation.topic_lag, runs.orphaned_runs],
    schedules=[automation.daily],
    resources={"loop": loop_of_environment()},
)


def job_named(name: str) -> JobDefinition:
    """One of the jobs."""
    return definitions.resolve_job_def(name)
