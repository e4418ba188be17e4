"""A cycle and the serving app, given the same knowledge, make the same slates."""

from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from deltalake import write_deltalake

from models.recommenders import members
from models.recommenders.variety import Variety
from pipelines.lake import sequences
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.recommending import decide
from pipelines.recommending.slates import shortlists
from pipelines.serving.decider import RecommenderDecider
from pipelines.serving.source import RegistrySource
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.store import ViewerHistories
from streaming.serving.ranking.decider import SlateRequest
from tests.models.audiences import DAY_MS, two_genres, two_groups

NOW = 30 * DAY_MS
_MANY_SKIPS = tuple(f"comedy-{number:02d}" for number in range(12))


def viewing() -> pd.DataFrame:
    """Rows of `silver/viewing`: plays of two groups, and whom they liked, rated, finished and skipped."""
    plays = two_groups()[["viewer_id", "film_id", "occurred_at"]].assign(type="play")
    last = plays[plays["occurred_at"] == 7 * DAY_MS].assign(occurred_at=20 * DAY_MS)
    rows = [
        plays,
        last[:6].assign(type="like"),
        last[6:12].assign(type="rate", rating=1.0),
        last[12:18].assign(type="complete"),
        *(pd.DataFrame({"viewer_id": ["viewer-01"], "film_id": [film], "type": "skip"}) for film in _MANY_SKIPS),
        pd.DataFrame({"viewer_id": ["viewer-00", "viewer-02"], "film_id": ["comedy-08", "comedy-09"], "type": "skip"}),
    ]
    told = pd.concat(rows, ignore_index=True)
    told["occurred_at"] = told["occurred_at"].fillna(21 * DAY_MS).astype("int64")
    return told.assign(event_id=[f"e{n}" for n in told.index], partition=0, offset=told.index)


def sequence_rows(told: pd.DataFrame) -> pd.DataFrame:
    """`features/interaction_sequence` of these events, as `tests.serving.test_history` sees that Spark makes it."""
    rows = []
    for (viewer, film), events in told.groupby(["viewer_id", "film_id"]):
        history = LakeHistories.of(events, {0: len(told)}).history(str(viewer))
        assert history is not None
        taken = history.films.get(str(film))
        known = {"viewer_id": viewer, "film_id": film, "at": int(events["occurred_at"].min()), "strength": 0.0}
        said = asdict(taken) if taken else {"rating": None, "watched": False, "liked": False}
        strength = {"strength": taken.strength} if taken else {}
        rows.append({**known, **said, **strength, "skipped": bool(history.skipped)})
    when = pd.Timestamp(NOW, unit="ms", tz="UTC")
    return pd.DataFrame(rows).astype({"rating": float}).assign(as_of=when)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """A cycle whose features are those of `viewing`."""
    context = Context(State.at(tmp_path / "state"))
    told = viewing()
    when = pd.Timestamp(NOW, unit="ms", tz="UTC")
    features = context.state.lake / "features"
    write_deltalake(features / "interaction_sequence", sequence_rows(told))
    viewers = sorted({*told["viewer_id"], "newcomer"})
    write_deltalake(features / "viewer", pd.DataFrame({"viewer_id": viewers}))
    films = two_genres().assign(people=[["Mann"] for _ in range(24)], release_date=date(2020, 1, 1), as_of=when)
    write_deltalake(features / "film", films.assign(title=films["film_id"].str.title(), released=True))
    versions = {"interaction_sequence": 0, "film": 0}
    context.ledger.note(context.ledger.open_or_resume(), as_of=NOW, features=versions, silver={})
    return context


def serve(context: Context, member: str) -> None:
    fitted = members()[member]().fit(two_groups(), two_genres())
    version = context.registry.register("recommender", member, 1, fitted.save)
    context.registry.promote("recommender", version.number)


def app_of(context: Context) -> RecommenderDecider:
    """What decides in an app on the same state."""
    source = RegistrySource(context.state)
    return source.load(source.standing())


@pytest.mark.parametrize(("member", "dial"), [("transitions", 0.0), ("transitions", 0.5), (None, 0.0)])
def test_the_same_knowledge_gives_the_same_slate(
    context: Context, monkeypatch: pytest.MonkeyPatch, member: str | None, dial: float
) -> None:
    monkeypatch.setenv("CINELOOP_DIVERSITY", str(dial))
    if member:
        serve(context, member)
    made = {slate.viewer_id: slate for slate in decide.make_slates(context, 1)}
    assert len(made) == 25
    assert context.ledger.read(1)["rails"] is None or context.ledger.read(1)["rails"]["price"] == 0.0
    app, live = app_of(context), ViewerHistories(LakeHistories.of(viewing(), {0: 10_000}))
    for viewer, ours in made.items():
        theirs = app.slate(SlateRequest(viewer, 10, None, 1, dial), live.snapshot(viewer).restricted_to(app.films), NOW)
        assert theirs == ours.model_copy(update={"cycle": 0, "feature_version": None}), "only no cycle is finished yet"
    assert not {item.film_id for item in made["viewer-01"].items} & set(_MANY_SKIPS)
    assert not {"comedy-08"} & {item.film_id for item in made["viewer-00"].items}
    if member:
        reasons = {item.reason for slate in made.values() for item in slate.items}
        assert "liked by many: you are new here" in reasons
        deeds = {reason.split()[2] for reason in reasons if reason and reason.startswith("because you")}
        assert {"began", "liked", "finished"} <= deeds


def test_who_skipped_much_makes_nobody_elses_list_deeper() -> None:
    class Counting:
        def __init__(self) -> None:
            self.asked: list[tuple[int, int]] = []
            self.model = members()["popularity"]().fit(two_groups())

        def recommend(self, viewers: list[str], history: pd.DataFrame, n: int, films: list[str]) -> pd.DataFrame:
            self.asked.append((len(viewers), n))
            return self.model.recommend(viewers, history, n, films)

    model, films = Counting(), sorted(two_genres()["film_id"])
    skipped = {"b": frozenset(films[:16]), "d": frozenset({films[0]})}
    variety = Variety.of(two_genres(), 0.0)
    listed = shortlists(model, variety, ["a", "b", "c", "d"], sequences.NOTHING.interactions, skipped, 5, films)  # type: ignore[arg-type]
    assert sorted(model.asked) == [(1, 6), (1, 36), (2, 5)]
    assert list(dict.fromkeys(listed["viewer_id"])) == ["a", "b", "c", "d"]
    assert listed.groupby("viewer_id")["rank"].agg(list).tolist() == [[1, 2, 3, 4, 5]] * 4
    for viewer, gone in skipped.items():
        assert not gone & set(listed.loc[listed["viewer_id"] == viewer, "film_id"])
