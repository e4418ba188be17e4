"""Dagster's code location: all assets, checks, jobs, sensors and schedules."""

from dagster import Definitions, EnvVar, JobDefinition, load_assets_from_package_module

from dagster_project import automation, defs, runs
from dagster_project.checks import checks
from dagster_project.defs.streaming import topics
from dagster_project.resources import Loop

definitions = Definitions(
    assets=[*load_assets_from_package_module(defs), *topics],
    asset_checks=checks,
    jobs=[automation.cycle, automation.observe, automation.past],
    sensors=[automation.topic_lag, runs.orphaned_runs],
    schedules=[automation.daily],
    resources={"loop": Loop(state=EnvVar("CINELOOP_STATE"))},
)


def job_named(name: str) -> JobDefinition:
    """The job of that name."""
    return definitions.resolve_job_def(name)
