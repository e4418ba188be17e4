"""What the report says of drafts: appeal in truth by cycle, the judge beside it, and the draft that readers like."""

from pathlib import Path

import pandas as pd
from deltalake import write_deltalake

from jobs import decisions
from pipelines.platform.state import State
from pipelines.report import drafts
from pipelines.report.collect import scripts_result
from pipelines.report.contract import JudgeResult

NAMES = ["script_id", "cycle", "segment", "policy", "title", "text"]
DRAFTS = pd.DataFrame(
    [
        ("a", 1, "all", "briefed", "A", "aaaa"),
        ("b", 1, "taste/Horror", "unbriefed", "B", "bb"),
        ("c", 2, "all", "unbriefed", "C", "c"),
        ("d", 2, "gone", "briefed", "D", "dddddddd"),
    ],
    columns=NAMES,
)
MEMBERS = pd.DataFrame(
    [("x", "all", "all"), ("y", "all", "all"), ("x", "taste", "Horror")],
    columns=["viewer_id", "segment_facet", "segment"],
)


def read(table: str, columns: list[str]) -> pd.DataFrame | None:
    return {decisions.DRAFTS: DRAFTS, "features/viewer_segment": MEMBERS}[table][columns]


def like(cycle: int, texts: list[str], viewers: list[str]) -> list[float | None]:
    """Ten a cycle, one a letter, a tenth a viewer."""
    return [10.0 * cycle + len(text) + 0.1 * len(viewers) if viewers else None for text in texts]


def test_appeal_is_that_of_those_whom_a_draft_is_for() -> None:
    found = drafts.likings(read, like)
    assert found == {
        1: {"liking": (14.2 + 12.1) / 2, "briefed_liking": 14.2, "unbriefed_liking": 12.1},
        2: {"liking": 21.2, "unbriefed_liking": 21.2},
    }
    assert drafts.likings(lambda table, columns: None, like) == {}
    assert drafts.likings(read, lambda cycle, texts, viewers: [None] * len(texts)) == {}


def test_a_cycle_has_its_drafts_what_became_of_them_and_its_judge() -> None:
    note = {"drafts": 6, "refused": 0, "version": "writer/1", "reason": None, "segments": ["all"]}
    judge = {
        "trained": True,
        "name": "judges",
        "version": 2,
        "error": 0.4,
        "other_error": 0.5,
        "drafts": 3,
        "reason": "r",
    }
    record = {"cycle": 1, "scripts": note, "judge": judge, "feedback": {"scripts": {"read": 9, "stars": 3.5}}}
    made = scripts_result(record, {"liking": 0.25})
    assert made is not None and (made.drafts, made.read, made.stars, made.liking) == (6, 9, 3.5, 0.25)
    expected = {"name": "judges", "version": "2", "error": 0.4, "baseline_error": 0.5, "drafts": 3, "promoted": False}
    assert made.judge == JudgeResult(**expected, reason="r")  # type: ignore[arg-type]
    assert scripts_result({"cycle": 1}, {}) is None
    untaught = scripts_result({"cycle": 1, "scripts": note, "judge": {"trained": False}}, {})
    assert untaught is not None and untaught.judge is None


def test_the_best_draft_has_been_read_by_some(tmp_path: Path) -> None:
    state = State.at(tmp_path)
    write_deltalake(state.lake / decisions.DRAFTS, DRAFTS.assign(predicted=0.1).astype({"cycle": "int32"}))
    given = {"a": [4.0, 3.0, 3.0, 3.0, 3.0], "b": [3.0] * 6, "c": [5.0] * 4}
    rows = [(name, f"viewer-{place}", star) for name, stars in given.items() for place, star in enumerate(stars)]
    told = pd.DataFrame(rows, columns=["script_id", "viewer_id", "rating"])
    invited = told[["script_id", "viewer_id"]].assign(propensity=0.1, cycle=1).astype({"cycle": "int32"})
    write_deltalake(state.lake / decisions.SCRIPTS, invited)
    when = pd.Timestamp("2020-01-01", tz="UTC")
    events = told["script_id"] + told["viewer_id"]
    write_deltalake(state.lake / "silver" / "viewing", told.assign(type="read", occurred_at=when, event_id=events))
    assert drafts.best(state, read) == ("A", "aaaa", 3.2, 5)
    assert drafts.best(State.at(tmp_path / "none"), read) is None
    assert drafts.best(state, lambda table, columns: None) is None
