"""What the web page shows a newcomer: every organ of the loop, described, connected, and guarded."""

import subprocess
import sys

import pytest
from dagster import AssetKey

from dagster_project.definitions import definitions
from dagster_project.staged import skipped_assets
from models.recommenders import members
from tests.commands import REPOSITORY

GROUPS = {
    "streaming": {"film_catalogue", "viewer_facts", "viewing_events", "boxoffice_events", "waiting_events"},
    "lake": {"bronze_events", "silver_films", "silver_viewers", "silver_viewing", "silver_boxoffice", "quarantine"},
    "features": {
        *("interaction_sequence", "viewer_features", "viewer_taste", "viewer_segment", "segment_taste"),
        *("film_features", "film_day"),
    },
    "members": set(members()),
    "models": {
        *("recommender_candidate", "recommender", "forecaster_candidate", "forecaster"),
        *("script_writer", "judge_candidate", "judge"),
    },
    "decisions": {"slates", "forecasts", "outlooks", "market_forecasts", "segment_release", "campaigns", "scripts"},
    "feedback": {"feedback_signals", "disk_used", "cycle_metrics", "report"},
    "history": {"film_day_week", "weekly_forecasts"},
}


@pytest.fixture(scope="module")
def graph():  # type: ignore[no-untyped-def]  # dagster's graph type is not public
    return definitions.resolve_asset_graph()


def test_every_organ_is_an_asset_of_its_group(graph) -> None:  # type: ignore[no-untyped-def]
    found: dict[str, set[str]] = {}
    for key in graph.get_all_asset_keys():
        found.setdefault(graph.get(key).group_name, set()).add(key.to_user_string())
    assert found == GROUPS


def test_every_asset_says_what_it_holds(graph) -> None:  # type: ignore[no-untyped-def]
    assert [key for key in graph.get_all_asset_keys() if not graph.get(key).description] == []


def test_data_flows_from_the_topics_to_the_report(graph) -> None:  # type: ignore[no-untyped-def]
    reached, waiting = set(), {AssetKey("report")}
    while waiting:
        key = waiting.pop()
        reached.add(key.to_user_string())
        waiting |= set(graph.get(key).parent_keys)
    assert reached == set().union(*GROUPS.values()) - GROUPS["history"]


def test_silver_and_features_are_guarded_and_the_guards_block(graph) -> None:  # type: ignore[no-untyped-def]
    guards = {key for key in graph.asset_check_keys if key.name not in ("drift", "usual_error")}
    guarded = {key.asset_key.to_user_string() for key in guards}
    features = GROUPS["features"] | GROUPS["history"]
    assert guarded == features | GROUPS["lake"] - {"bronze_events"} | {"segment_release"}
    assert all(graph.get_check_spec(key).blocking for key in guards)


@pytest.mark.parametrize(("name", "asset"), [("drift", "outlooks"), ("usual_error", "forecaster_candidate")])
def test_drift_is_looked_for_and_blocks_nothing(graph, name: str, asset: str) -> None:  # type: ignore[no-untyped-def]
    (watch,) = [key for key in graph.asset_check_keys if key.name == name]
    assert watch.asset_key == AssetKey(asset) and not graph.get_check_spec(watch).blocking


def test_what_rests_on_a_silent_topic_is_left_out_with_a_reason() -> None:
    skipped = skipped_assets({"boxoffice.events"})
    resting = {"film_day", "forecaster_candidate", "forecaster", "forecasts", "outlooks", "market_forecasts"}
    assert set(skipped) == resting
    assert "boxoffice.events" in skipped["forecasts"]
    assert skipped_assets(set()) == {}


def test_jobs_sensor_and_schedule_are_there() -> None:
    repository = definitions.get_repository_def()
    assert {"cycle", "observe"} <= set(repository.job_names)
    assert repository.has_sensor_def("topic_lag") and repository.has_sensor_def("orphaned_runs")
    assert repository.has_schedule_def("daily")


def test_a_library_that_breaks_queries_while_it_loads_is_loaded_before_the_worker_starts_threads() -> None:
    asked = "import sys, dagster_project.worker; sys.exit('sqlalchemy.orm' not in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=REPOSITORY, check=False).returncode == 0


def test_no_module_imports_inner_parts_of_dagster() -> None:
    code = "".join(path.read_text() for path in (REPOSITORY / "dagster_project").rglob("*.py"))
    assert "dagster._" not in code
