"""`report.json` is what issue 4 promises, and what is written is what is read."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.report.contract import Cycle, DataCounts, Feedback, RecommenderResult, Report, read_report
from pipelines.report.inputs import ReportInputs
from pipelines.report.page import build_report
from tests.pipelines.report.report_example import cycle, data, example

_GATE = {"version": str, "measure": str, "error": float, "other_error": float, "promoted": bool, "reason": str}
CONTRACT = {
    "data": {
        "produced": int,
        "bronze": int,
        "duplicates": int,
        "dead_lettered": int,
        "silver": {"viewing": int, "boxoffice": int, "films": int, "viewers": int},
    },
    "cycles": [
        {
            "cycle": int,
            "seconds": {"ingest": float, "silver": float, "train": float},
            "disk": {"broker": int, "lake": int},
            "ingested": int,
            "quarantined": int,
            "crowd": {"viewers": int, "set_aside": int, "client": str, "client_share": float},
            "recommender": {
                "name": str,
                "version": str,
                "ndcg@10": float,
                "baseline_ndcg@10": float,
                "coverage@10": float,
                "promoted": bool,
                "reason": str,
            },
            "forecaster": {
                "name": str,
                "version": str,
                "wape": float,
                "baseline_wape": float,
                "cover80": float,
                "promoted": bool,
                "reason": str,
            },
            "outlooks": [
                {
                    **{"lead": int, "name": str, "version": str, "asked": int, "films": int},
                    **{"rmsle": float, "baseline_rmsle": float, "mdape": float, "cover80": float},
                    **{"fitted": bool, "reason": str, "came": int, "came_mdape": float, "came_cover80": float},
                    "gate": _GATE,
                }
            ],
            "market": {
                **{"name": str, "version": str, "genres": int, "total": int, "fitted": bool, "reason": str},
                **{"came": int, "wape": float, "baseline_wape": float, "cover80": float},
                **{"genre_wape": float, "genre_baseline_wape": float, "genre_cover80": float},
                "gate": _GATE,
            },
            "campaigns": {
                **{"version": str, "made": int, "viewers": int, "shown": int, "over": int, "qini": float},
                **{"low": float, "reason": str, "came": int, "expected": float, "added": float},
            },
            "torn": {"recommender/9": str},
            "scripts": {
                **{"version": str, "drafts": int, "read": int, "stars": float, "briefed_stars": float},
                **{"unbriefed_stars": float, "liking": float, "briefed_liking": float, "unbriefed_liking": float},
                "reason": type(None),
                "judge": {
                    **{"name": str, "version": str, "error": float, "baseline_error": float},
                    **{"drafts": int, "promoted": bool, "reason": str},
                },
            },
            "set_aside": [{"stage": str, "count": int, "first": [{"id": str, "reason": str}]}],
            "feedback": {
                "slates": int,
                "impressions": int,
                "clicks": int,
                "ctr": float,
                "random_ctr": float,
                "oracle_ctr": float,
                "regret": float,
                "hit_rate@10": float,
                "forecast_wape": float,
            },
        }
    ]
    * 3,
}
measures = st.none() | st.floats(allow_nan=False, allow_infinity=False)
counts = st.none() | st.integers(min_value=0, max_value=2**53)


def shape(value: Any) -> Any:
    """The keys and types of a JSON value, in their order."""
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return [shape(part) for part in value] if isinstance(value, list) else type(value)


def test_the_keys_are_those_of_the_issue(tmp_path: Path) -> None:
    build_report(example(forecasts=None), tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    assert shape(written) == CONTRACT
    assert written == {"data": data(), "cycles": [cycle(number) for number in (1, 2, 3)]}


def test_what_does_not_apply_is_null(tmp_path: Path) -> None:
    build_report(ReportInputs(cycles=({"cycle": 1},)), tmp_path)
    (only,) = json.loads((tmp_path / "report.json").read_text())["cycles"]
    assert only["recommender"] is None
    assert only["forecaster"] is None
    assert only["market"] is None
    assert only["scripts"] is None
    assert set(only["feedback"].values()) == {None}
    assert list(only["feedback"]) == list(CONTRACT["cycles"][0]["feedback"])


@given(measures, measures, counts, st.text())
def test_what_is_written_is_what_is_read(ndcg: float | None, ctr: float | None, clicks: int | None, name: str) -> None:
    model = RecommenderResult(name=name, ndcg_at_10=ndcg, promoted=False)
    turn = Cycle(cycle=1, recommender=model, feedback=Feedback(ctr=ctr, clicks=clicks))
    report = Report(data=DataCounts(bronze=clicks), cycles=(turn,))
    assert Report.model_validate_json(report.to_json()) == report


def test_a_report_is_read_back(tmp_path: Path) -> None:
    report = example().report
    (tmp_path / "report.json").write_text(report.to_json())
    assert read_report(tmp_path / "report.json") == report


def test_numbers_from_frames_are_taken_and_nan_is_null() -> None:
    feedback = Feedback(clicks=np.int64(3), ctr=np.float64("nan"), slates=float("nan"), regret=np.float32(0.5))
    assert json.loads(feedback.model_dump_json())["ctr"] is None
    assert (feedback.clicks, feedback.slates, feedback.regret) == (3, None, 0.5)


@pytest.mark.parametrize("broken", [{"ctr": float("inf")}, {"clicks": -1}, {"click_through": 0.1}])
def test_what_is_no_answer_is_refused(broken: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(broken))):
        Feedback(**broken)


def test_cycles_stand_in_order_and_once() -> None:
    report = Report(cycles=(cycle(3), cycle(1)))
    assert [turn.cycle for turn in report.cycles] == [1, 3]
    with pytest.raises(ValidationError, match=r"cycles \[2\] are there more than once"):
        Report(cycles=(cycle(2), cycle(1), cycle(2)))


def test_a_missing_report_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="run `cineloop report`"):
        read_report(tmp_path / "report.json")
