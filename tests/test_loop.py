"""The loop as a whole: two cycles of a real broker, real Spark, real models, and an audience that answers."""

import json
import re
import shutil
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance, materialize
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from dagster_project.defs.models import recommender_members
from dagster_project.resources import Loop
from jobs import decisions, feedback
from pipelines.cli.output.display import STAGES
from pipelines.platform.ledger import Ledger
from pipelines.report.contract import read_report
from streaming.broker.node import shared_broker
from tests.commands import answer, refused, said

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def viewer(turned: Path) -> str:
    """A viewer who was shown a slate in the last cycle and answered it."""
    signals = DeltaTable(turned / "lake" / "feedback" / "signals").to_pandas()
    return str(signals[(signals["cycle"] == 2) & (signals["reward"] == 1)]["viewer_id"].min())


def test_the_second_cycle_decides_better_because_of_the_first(turned: Path) -> None:
    first, second = read_report(turned / "report" / "report.json").cycles
    assert first.recommender is None, "the first cycle knows nothing of anybody's taste"
    assert first.feedback.ctr is not None and second.feedback.ctr is not None
    assert second.feedback.ctr > first.feedback.ctr
    assert second.feedback.regret < first.feedback.regret  # type: ignore[operator]
    assert first.feedback.random_ctr == pytest.approx(first.feedback.ctr, rel=0.2), "uniform slates are worth random"
    assert second.forecaster is not None
    assert second.forecaster.wape < second.forecaster.baseline_wape  # type: ignore[operator]


def test_the_report_has_the_contract_and_its_counts_add_up(turned: Path) -> None:
    report = json.loads((turned / "report" / "report.json").read_text())
    data = report["data"]
    assert data["produced"] == data["bronze"] == sum(data["silver"].values()) + data["duplicates"]
    assert data["dead_lettered"] == 0
    assert [cycle["cycle"] for cycle in report["cycles"]] == [1, 2]
    assert report["cycles"][0]["feedback"]["impressions"] > 0


def test_the_bar_of_a_cycle_is_full_when_its_last_stage_is_done(turned: Path) -> None:
    assert [len(cycle.seconds) for cycle in read_report(turned / "report" / "report.json").cycles] == [STAGES, STAGES]


def test_the_page_has_how_members_compare_and_how_they_learned(turned: Path) -> None:
    with DagsterInstance.from_config(str(turned / "dagster")) as instance:
        made = instance.get_latest_materialization_event(AssetKey("recommender_candidate"))
        assert made and made.asset_materialization
        assert {"members", "comparison_plot"} <= made.asset_materialization.metadata.keys()
        told = [entry.user_message for entry in instance.all_logs(made.run_id)]
    assert any(re.match(r"sequence: (\d+) of \1, loss \d", line) for line in told)


def test_a_member_can_be_made_alone(spark: SparkSession, turned: Path, tmp_path: Path) -> None:
    state = shutil.copytree(turned, tmp_path / "state", ignore=shutil.ignore_patterns("broker", "dagster"))
    made = materialize([recommender_members], resources={"loop": Loop(state=str(state))}, selection=["popularity"])
    (alone,) = made.asset_materializations_for_node("recommender_members")
    ledger = Ledger(state / "cycles")
    (name, numbers), *others = ledger.read(ledger.current())["members"].items()
    assert (name, others) == ("popularity", []) and alone.asset_key == AssetKey("popularity")
    assert alone.metadata["ndcg@10"].value == numbers["ndcg@10"] > 0


def test_a_slate_shows_films_propensities_and_reasons(turned: Path, viewer: str) -> None:
    slate = answer("slate", viewer, "--state", str(turned))
    assert [film["position"] for film in slate["films"]] == list(range(1, 11))
    assert all(0 < film["propensity"] <= 1 for film in slate["films"])
    assert slate["facts"]["viewer_id"] == viewer
    assert any(film["reason"].startswith("because you ") for film in slate["films"])


def test_a_trace_walks_from_event_offsets_to_feedback(turned: Path, viewer: str) -> None:
    slate = answer("slate", viewer, "--state", str(turned))["facts"]["slate_id"]
    steps = {step["name"]: step for step in answer("trace", slate, "--state", str(turned))}
    assert list(steps) == ["events", "silver", "features", "model", "slate", "feedback"]
    assert steps["events"]["rows"], "the events of this viewer that the cycle was the first to read"
    assert {"topic", "partition", "offset", "event_id"} <= set(steps["events"]["rows"][0])
    assert steps["model"]["ids"]["version"] == "recommender/1"
    assert steps["feedback"]["ids"]["reward"] >= 1
    event = steps["events"]["rows"][0]["event_id"]
    back = answer("trace", event, "--state", str(turned))
    assert slate in {step["ids"].get("slate_id") for step in back}, "and from the event to the slate"
    told = DeltaTable(turned / "lake" / "silver" / "viewers").to_pandas()["event_id"].min()
    assert answer("trace", told, "--state", str(turned))[0]["ids"]["table"] == "silver/viewers"


def test_a_model_is_traced_and_rolled_back(turned: Path) -> None:
    steps = answer("trace", "forecaster/1", "--state", str(turned))
    assert steps[-2]["ids"]["count"] > 0, "its forecasts"
    judged = {step["name"]: step["ids"] for step in answer("trace", "judge/1", "--state", str(turned))}
    assert judged["decisions"]["count"] > 0, "the drafts that it judged"
    serving = [
        model["name"] for model in answer("models", "list", "--state", str(turned)) if "serving" in model["aliases"]
    ]
    assert {"recommender", "forecaster"} <= {name.partition("/")[0] for name in serving}
    assert "first that served" in refused("models", "rollback", "recommender", "--state", str(turned))


def test_a_forecast_has_ordered_quantiles_and_reasons(turned: Path) -> None:
    forecasts = DeltaTable(turned / "lake" / "decisions" / "forecasts").to_pandas()
    film = forecasts[forecasts["cycle"] == 2]["film_id"].min()
    said = answer("forecast", film, "--state", str(turned))
    assert len(said["days"]) == 28
    assert all(day["q10"] <= day["q50"] <= day["q90"] for day in said["days"])
    assert said["reasons"]


def test_films_are_forecast_before_they_open_or_it_is_said_why_not(turned: Path) -> None:
    noted = Ledger(turned / "cycles").read(2)["outlooks"]
    assert set(noted["leads"]) == {"30", "7"}
    assert all(note["version"] or note["reason"] for note in noted["leads"].values())
    made = DeltaTable(turned / "lake" / "decisions" / "outlooks").to_pandas()
    assert len(made[made["cycle"] == 2]) == noted["made"]
    for film in made.loc[made["cycle"] == 2, "film_id"].head(1):
        said = answer("forecast", film, "--state", str(turned))
        assert said["facts"]["q10"] < said["facts"]["q50"] < said["facts"]["q90"]


def test_trailers_were_shown_to_those_whom_the_campaigns_drew_and_nothing_is_learned_yet(turned: Path) -> None:
    made = DeltaTable(turned / "lake" / "decisions" / "campaigns").to_pandas()
    viewing = DeltaTable(turned / "lake" / "silver" / "viewing").to_pandas()
    seen, chosen = viewing[viewing["type"] == "trailer"], made[made["shown"]]
    assert set(zip(seen["campaign_id"], seen["viewer_id"], seen["propensity"], strict=True)) == set(
        zip(chosen["campaign_id"], chosen["viewer_id"], chosen["propensity"], strict=True)
    )
    assert 0.3 < len(seen) / len(made) < 0.7 and set(made["cycle"]) == {1, 2}
    noted = Ledger(turned / "cycles").read(2)["campaigns"]
    assert noted["made"] == made.loc[made["cycle"] == 2, "film_id"].nunique() and noted["version"] is None
    assert "no uplift is learned yet" in refused("target", made["film_id"].iloc[-1], "--state", str(turned))
    steps = {step["name"]: step for step in answer("trace", made["campaign_id"].iloc[0], "--state", str(turned))}
    assert {"features", "campaign", "feedback"} <= set(steps)


def test_the_market_is_forecast_meets_its_days_and_is_answered(turned: Path) -> None:
    first, second = (cycle.market for cycle in read_report(turned / "report" / "report.json").cycles)
    assert first is not None and second is not None and first.fitted and not second.fitted
    assert (first.version, first.came) == ("market/1", 14), "two weeks were lived since"
    assert first.wape is not None and first.genre_wape is not None and 0 < first.cover80 <= 1  # type: ignore[operator]
    signals = DeltaTable(turned / "lake" / "feedback" / "signals").to_pandas()
    met = signals[(signals["kind"] == "market") & (signals["cycle"] == 1)]
    whole = met[met["film_id"] == "US"]
    by_day = met[met["film_id"] != "US"].groupby("date")[["predicted", "actual"]].sum()
    assert len(whole) == 14
    for name in ("predicted", "actual"):
        assert by_day[name].to_list() == pytest.approx(whole.sort_values("date")[name].to_list())
    said = answer("market", "--state", str(turned))
    assert said["facts"]["cycle"] == 2 and len(said["days"]) == 28 and len(said["trend"]) > 5
    steps = {step["name"]: step for step in answer("trace", whole["decision_id"].iloc[0], "--state", str(turned))}
    assert steps["model"]["ids"]["version"] == "market/1" and steps["feedback"]["ids"]["signals"] == 14


def test_drafts_are_judged_sent_read_and_liked(turned: Path) -> None:
    first, second = (cycle.scripts for cycle in read_report(turned / "report" / "report.json").cycles)
    assert first is not None and second is not None and second.judge is not None
    assert first.drafts == 0 and "no viewer has taken anything up yet" in str(first.reason)
    assert 0 < second.drafts <= 6 and second.version == "writer/1" and second.judge.promoted  # type: ignore[operator]
    assert second.liking is not None and 0.5 <= second.stars <= 5  # type: ignore[operator]
    drafts, signals = (DeltaTable(turned / "lake" / name).to_pandas() for name in (decisions.DRAFTS, feedback.TABLE))
    answers = signals[signals["kind"] == "script"]
    assert len(drafts) == second.drafts and len(answers) == second.read > 0  # type: ignore[operator]
    assert set(answers["decision_id"]) <= set(drafts["script_id"]) and set(answers["cycle"]) == {2}
    assert answers["reward"].mean() == pytest.approx((second.stars - 0.5) / 4.5)  # type: ignore[operator]
    assert drafts["predicted"].notna().all() and set(drafts["judge_version"]) == {"judge/1"}


def test_nothing_was_refused_and_an_unknown_id_is_a_sentence(turned: Path) -> None:
    assert answer("dead-letters", "list", "--state", str(turned)) == []
    assert "nothing has the id 'nobody'" in refused("trace", "nobody", "--state", str(turned))


def test_no_raw_viewer_id_is_in_any_byte_of_lake_topics_or_registry(turned: Path) -> None:
    for part in ("lake", "broker/data", "mlflow", "cycles", "report"):
        for path in (turned / part).rglob("*"):
            if path.is_file():
                assert b"@cineloop.example" not in path.read_bytes(), f"a raw viewer id stands in {path}"


def test_the_same_source_is_insisted_on(turned: Path, tmp_path: Path) -> None:
    assert "the audience of seed 7" in refused("run", "--once", "--seed", "8", "--state", str(turned))


def test_all_that_was_started_has_ended(turned: Path) -> None:
    assert (turned.parent / "turned.whole").read_text() == "", "processes that ran on after the loop had ended"


def test_the_lake_is_made_anew_from_the_topics(
    spark: SparkSession, turned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = shutil.copytree(turned, tmp_path / "state", ignore=shutil.ignore_patterns("broker"))
    with shared_broker(turned / "broker") as broker:
        monkeypatch.setenv("CINELOOP_BOOTSTRAP", broker.bootstrap)
        assert "bronze = " in said("rebuild", "--state", str(state))
    for table in ("films", "viewing", "boxoffice"):
        before, after = (DeltaTable(root / "lake" / "silver" / table).to_pandas() for root in (turned, state))
        assert sorted(before["event_id"]) == sorted(after["event_id"])


def test_each_cycle_says_what_its_state_takes_on_disk(turned: Path) -> None:
    first, second = (cycle.disk for cycle in read_report(turned / "report" / "report.json").cycles)
    assert {"broker", "lake", "mlflow", "dagster"} <= set(first) <= set(second)
    assert all(second[room] > first[room] > 2**20 for room in ("broker", "lake", "mlflow", "dagster"))


def test_each_cycle_says_what_it_read_and_made(turned: Path) -> None:
    ledger = Ledger(turned / "cycles")
    first, second = ledger.read(1), ledger.read(2)
    assert first["closed"] and second["closed"]
    assert second["as_of"] > first["as_of"]
    assert second["features"]["interaction_sequence"] > first["features"]["interaction_sequence"]
    assert all(finding["passed"] for findings in second["checks"].values() for finding in findings)
