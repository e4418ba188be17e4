"""Campaigns: which films have one, who is drawn and how probably, and what is said to have come of it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest

from pipelines.campaigns import decide, observe
from pipelines.campaigns.inputs import described, over
from pipelines.campaigns.train import exposures_of
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Campaign, FilmDescribed
from tests.streaming.audience.stage import pseudonym

NOW = 20_000 * DAY_MS - 1  # the last millisecond of a day
VIEWERS = [f"v{number:04}" for number in range(2000)]
DECISION = {
    **{"cycle": 3, "occurred_at": NOW, "policy": "uniform", "model": None, "model_version": None},
    "feature_version": 4,
}


def told(*films: FilmDescribed) -> pd.DataFrame:
    """Rows of silver/films."""
    rows = pd.DataFrame([film.model_dump() for film in films])
    return rows.assign(occurred_at=pd.to_datetime(rows["occurred_at"], unit="ms", utc=True))


def film(name: str, days: int | None, said: int = NOW - DAY_MS, **facts: object) -> FilmDescribed:
    """A film that opens so many days from the day that is about to begin."""
    opens = None if days is None else pd.Timestamp(NOW + 1, unit="ms").date() + pd.Timedelta(days=days)
    about = {"event_id": f"{name}{said}", "film_id": name, "title": name, "occurred_at": said, "release_date": opens}
    return FilmDescribed.model_validate({**about, "genres": ("Drama",), **facts})


def made(uplift: np.ndarray | None = None, viewers: Iterable[str] = VIEWERS) -> pd.DataFrame:
    """A campaign's rows."""
    row = described(told(film("f", 11)), NOW).iloc[0].to_dict()
    return decide.rows(decide.drawn(list(viewers), uplift, "f", 3), row, DECISION)


def interactions(*taken: tuple[str, str, int]) -> pd.DataFrame:
    """Viewer, film and days after the campaign's start."""
    rows = [(viewer, film, NOW + days * DAY_MS, 1.0) for viewer, film, days in taken]
    return pd.DataFrame(rows, columns=["viewer_id", "film_id", "occurred_at", "strength"])


def test_a_film_has_its_campaign_in_the_second_week_before_it_opens_and_only_once() -> None:
    films = [film(f"in {days}", days) for days in (6, 7, 13, 14)] + [film("undated", None)]
    known = described(told(*films), NOW)
    assert decide.due(known, set(), NOW)["film_id"].tolist() == ["in 13", "in 7"]
    assert decide.due(known, {"in 7"}, NOW)["film_id"].tolist() == ["in 13"]


def test_the_newest_word_by_then_stands() -> None:
    words = told(film("a", 40, NOW - 9), film("a", 9, NOW - 5, genres=("Horror",)), film("a", 99, NOW + 1))
    (known,) = described(words, NOW).to_dict("records")
    assert known["genres"] == ("Horror",) and len(decide.due(described(words, NOW), set(), NOW)) == 1


def test_while_nothing_is_learned_all_are_equal() -> None:
    choice = decide.drawn(VIEWERS, None, "f", 3)
    assert set(choice["propensity"]) == {0.5} and choice["uplift"].isna().all()
    assert 0.46 < choice["shown"].mean() < 0.54


def test_those_who_would_be_moved_are_likelier_and_nobody_is_certain() -> None:
    uplift = np.linspace(0, 1, len(VIEWERS))
    choice = decide.drawn(VIEWERS, uplift, "f", 3)
    best, others = choice.loc[uplift > 0.61, "propensity"], choice.loc[uplift < 0.59, "propensity"]
    assert set(best) == {0.8} and set(others) == {0.2}
    rates = choice.groupby("propensity")["shown"].mean()
    assert rates[0.8] == pytest.approx(0.8, abs=0.05) and rates[0.2] == pytest.approx(0.2, abs=0.05)


def test_a_repeated_cycle_draws_the_same_and_another_film_or_cycle_others() -> None:
    first = decide.drawn(VIEWERS, None, "f", 3)["shown"]
    assert first.equals(decide.drawn(VIEWERS, None, "f", 3)["shown"])
    for other in (decide.drawn(VIEWERS, None, "g", 3), decide.drawn(VIEWERS, None, "f", 4)):
        assert 0.4 < (first == other["shown"]).mean() < 0.6


def test_an_event_names_who_is_shown_and_the_table_also_who_is_not() -> None:
    rows = made()
    (event,) = decide.events(rows)
    assert {one.viewer_id for one in event.viewers} == set(rows.loc[rows["shown"], "viewer_id"])
    assert event.audience == len(rows) == 2000 and event.campaign_id == rows["campaign_id"].iloc[0]
    assert decide.events(pd.DataFrame()) == []


def test_a_campaign_of_very_many_is_told_in_parts_that_fit_a_record() -> None:
    rows = made(viewers=[pseudonym(str(number)) + 12 * "0" for number in range(11_000)])
    parts = decide.events(rows.assign(shown=True))
    assert [len(part.viewers) for part in parts] == [5000, 5000, 1000]
    assert len({part.event_id for part in parts}) == 3 and len({part.campaign_id for part in parts}) == 1
    assert max(len(part.model_dump_json()) for part in parts) < 500_000
    assert all(isinstance(part, Campaign) and part.audience == 11_000 for part in parts)


def test_only_what_is_taken_up_in_time_counts() -> None:
    rows = made(viewers=VIEWERS[:5])
    days = {"v0000": 0, "v0001": 1, "v0002": 21, "v0003": 22}
    taken = interactions(*((viewer, "f", day) for viewer, day in days.items()), ("v0004", "other", 3))
    assert observe.taken_up(rows, taken).tolist() == [0, 1, 1, 0, 0]
    assert over(rows, NOW + 21 * DAY_MS - 1).empty
    assert len(over(rows, NOW + 21 * DAY_MS)) == 5


def test_features_are_of_the_campaign_s_beginning_whatever_came_later() -> None:
    early = interactions(("v0000", "old", -3))
    late = interactions(("v0000", "old", -3), ("v0000", "f", 4), ("v0001", "old", 2)).assign(strength=[3.0, 1.0, 1.0])
    words = told(film("f", 11), film("old", -90), film("f", 11, NOW + 5, genres=("Horror",)))
    asked: list[int] = []

    def known(at: int) -> pd.DataFrame:
        asked.append(at)
        return early

    before, after = (exposures_of(made(viewers=VIEWERS[:3]), frame, words, known) for frame in (early, late))
    pd.testing.assert_frame_equal(before.table, after.table)
    assert set(asked) == {NOW}
    assert before.taken.tolist() == [0, 0, 0] and after.taken.tolist() == [1, 0, 0]


def test_what_a_campaign_added_is_told_by_its_draw() -> None:
    rows = made(np.full(len(VIEWERS), 0.25))
    moved = rows[rows["shown"]]["viewer_id"].tolist()[::2]
    (signal,) = observe.join_actuals(rows, interactions(*((viewer, "f", 9) for viewer in moved))).to_dict("records")
    assert signal["predicted"] == pytest.approx(0.25) and signal["actual"] == pytest.approx(0.5, abs=0.06)
    assert signal["decision_id"] == rows["campaign_id"].iloc[0] and signal["at"] == NOW + 21 * DAY_MS
    assert observe.accuracy_by_cycle(pd.DataFrame([signal]))[3]["came"] == 1
    blind = observe.join_actuals(made(), interactions())
    assert observe.accuracy_by_cycle(blind)[3] == {"came": 1, "expected": None, "added": 0.0}
    assert observe.accuracy_by_cycle(observe.join_actuals(made().head(0), interactions())) == {}
