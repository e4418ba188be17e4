"""What scripts are really worth: members' hidden taste, asked before and after an improvement."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from models.scripts.asked import Ask, Header, WritingSettings
from models.scripts.copies import TrainingText
from pipelines.platform import state_source
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.state import State
from pipelines.platform.state_source import Source
from pipelines.scripts.decide import Wanted
from pipelines.scripts.evaluate.briefs import evaluate_briefs
from pipelines.scripts.evaluate.improve import composed
from pipelines.scripts.judging.train import films as described_films
from pipelines.simulation import ground_truth
from pipelines.simulation.study_scripts import truth_of
from streaming.audience.vocabulary import GENRES
from tests.commands import answer, refused
from tests.pipelines.scripts.script_state import publish, told_lake
from tests.pipelines.simulation.audience_state import lived


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return lived(tmp_path_factory.mktemp("lived"))


def told(genre: str) -> str:
    return "INT. ROOM - DAY\n\n" + "\n\n".join(part for kind in GENRES[genre][1:] for part in kind) + "\n"


def test_the_truth_is_what_the_members_would_like_in_the_week_to_come(state: Context) -> None:
    truth = truth_of(state.state)
    ghosts, jokes = told("Horror"), told("Comedy")
    assert truth(ghosts, "taste/Horror") > truth(ghosts, "taste/Comedy") + 0.2
    assert truth(jokes, "taste/Comedy") > truth(jokes, "taste/Horror") + 0.2
    assert truth(ghosts, "taste/Horror") == truth_of(state.state)(ghosts, "taste/Horror"), "there is no chance in it"
    assert ground_truth.newest_week(state.state) == 2
    with pytest.raises(NothingThere, match=r"'taste/Opera' has no members .*: name one of all, taste/Comedy"):
        truth(ghosts, "taste/Opera")


def test_where_real_data_speaks_nobody_knows_the_truth(tmp_path: Path) -> None:
    told_lake(tmp_path)
    publish(tmp_path)
    state_source.settle(State.at(tmp_path), Source("data"))
    assert ground_truth.liking(State.at(tmp_path), 1, ["a", "b"], ["v"]) == [None, None]
    assert ground_truth.newest_week(State.at(tmp_path)) is None
    assert "only the simulated audience does" in refused("evaluate", "improve", "--state", str(tmp_path))


def test_improved_scripts_are_compared_with_what_they_were(state: Context) -> None:
    asked = ("evaluate", "improve", "--state", str(state.state.root), "--scripts", "4", "--within", "0.6")
    row = answer(*asked)
    assert row["scripts"] == 4
    assert row["edited"] >= 2 and 0 < row["changed"] <= 0.6
    assert row["low"] <= row["gain"] <= row["high"] and row["higher"] <= row["edited"] / 4
    assert row["gain"] > 0 and row["higher"] > 0, "films of the own taste are told of in the vocabulary of the truth"


class Teller:
    """Tells the genre that it is asked for in the words of the truth; or one genre, whatever is asked for."""

    name, genres = "teller", tuple(GENRES)

    def __init__(self, *, same: bool = False) -> None:
        self._same = same

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        return [told("Drama" if self._same else ask.header.genres[0]) for ask in asks]


WANTED = [Wanted(f"taste/{genre}", Header((genre,))) for genre in ("Horror", "Comedy")]


def test_drafts_by_a_brief_are_compared_with_drafts_by_chance(state: Context) -> None:
    truth = truth_of(state.state)
    row, again, other = (evaluate_briefs(WANTED, Teller(), truth, 6, seed) for seed in (0, 0, 1))  # type: ignore[arg-type]
    assert row == again != other
    assert row.pairs == sum(each.pairs for each in row.segments) == 12 and row.refused == 0
    assert {each.segment: each.genre for each in row.segments} == {"taste/Horror": "Horror", "taste/Comedy": "Comedy"}
    assert {each.segment: each.briefed for each in row.segments} == pytest.approx(
        {wish.segment: truth(told(wish.header.genres[0]), wish.segment) for wish in WANTED}
    )
    assert row.low <= row.gain <= row.high and row.gain == pytest.approx(row.briefed - row.unbriefed)
    assert row.gain > 0.1 and row.higher > 0.6


def test_a_writer_that_heeds_no_brief_gains_nothing_by_it(state: Context) -> None:
    row = evaluate_briefs(WANTED, Teller(same=True), truth_of(state.state), 3)  # type: ignore[arg-type]
    assert (row.gain, row.low, row.high, row.higher) == (0, 0, 0, 0)


def test_a_pair_with_a_copy_is_left_out_and_without_a_writer_nothing_is_compared(state: Context) -> None:
    with pytest.raises(NothingThere, match="of 6 pairs of drafts each holds a copy"):
        evaluate_briefs(WANTED, Copier(), truth_of(state.state), 3)  # type: ignore[arg-type]
    assert "script train" in refused("evaluate", "briefs", "--state", str(state.state.root))


COPY = "We know the way to the old house by the river and so does he."


class Copier:
    """Has nothing of its own."""

    name, genres = "copier", ("Horror", "Comedy")
    training_text = TrainingText.of([COPY])

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        return [f"INT. ROOM - DAY\n\n{COPY}\n" for _ in asks]


def test_the_same_seed_puts_the_same_synopses_together(state: Context) -> None:
    films = described_films(state.state.lake, state.ledger.read(1)["as_of"])
    found, again, other = (composed(films, ["one", "two"], 20, seed) for seed in (0, 0, 1))
    assert found == again != other
    scripts, others = found
    own = {scene.prose for script, _ in scripts for scene in script.scenes}
    assert own.isdisjoint(scene.prose for scene in others)
    assert {len(script.scenes) for script, _ in scripts} == {4}
    assert {segment for _, segment in scripts} == {"one", "two"}
    with pytest.raises(NothingThere, match="3 films are told of"):
        composed(films[:3], ["one"], 4, 0)
