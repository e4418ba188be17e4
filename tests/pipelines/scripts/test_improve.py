"""Edits that two judges agree on, within what a writer allows: by judges made by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import UnknownHeader
from models.judging.predicted import Parts, PredictedAppeal
from models.screenplay.reading import Script, read
from models.scripts.asked import Ask, Header, WritingSettings
from pipelines.platform.errors import Gaming, NothingThere
from pipelines.scripts.evaluate.improve import evaluate_improve
from pipelines.scripts.improving.edits import Edit, applied, distance, options, recast, retoned
from pipelines.scripts.improving.scene_writer import borrowing, drafting
from pipelines.scripts.improving.search import accept, improve
from tests.models.film_texts import scene


@dataclass
class Liking:
    """Likes a script by what a function says of its parts; sure up to `doubt`."""

    says: Callable[[Parts], float]
    doubt: float = 0.0
    segments: list[str] = field(default_factory=lambda: ["fans", "all"])

    def predict(self, scripts: Sequence[Parts]) -> PredictedAppeal:
        mean = np.array([[self.says(script), -self.says(script)] for script in scripts])
        size = np.array([sum(len(part) for part in script) for script in scripts])[:, None]
        draws = np.stack([mean - self.doubt * size, mean + self.doubt * size], axis=-1)
        return PredictedAppeal(mean, draws, np.ones(2))


def counting(word: str) -> Callable[[Parts], float]:
    return lambda parts: float(sum(part.count(word) for part in parts))


def writes(*scenes: str) -> Callable[[Header, str, int], str]:
    return lambda header, premise, seed: scenes[seed % len(scenes)]


ORIGINAL = read("".join(scene(f"ROOM {number}", f"Plain words of number {number}.") for number in range(6)))
GHOST, CAKE = scene("CELLAR", "A ghost, a ghost."), scene("SHOP", "A cake, a cake.")


def done(first: Liking, second: Liking, within: float = 1.0, original: Script = ORIGINAL):  # type: ignore[no-untyped-def]
    return improve(original, "fans", first, second, writes(GHOST, CAKE), within, seed=0)


def test_what_both_judges_like_is_put_in_and_shown() -> None:
    made = done(Liking(counting("ghost")), Liking(counting("ghost")))
    assert made.proposals and "A ghost, a ghost." in made.script.prose and "cake" not in made.script.prose
    gains = {row["segment"]: row for row in made.gains}
    assert gains["fans"]["gain"] == 2 and gains["all"]["gain"] == -2, "what pleases one may cost another"
    assert "+A ghost, a ghost." in made.diff and read(made.script.fountain).prose == made.script.prose


def test_an_edit_that_only_one_judge_likes_is_refused() -> None:
    ghosts, cakes = Liking(counting("ghost")), Liking(counting("cake"))
    made = done(ghosts, cakes)
    assert made.proposals == () and made.script is ORIGINAL and made.changed == 0
    assert all(row["gain"] == 0 for row in made.gains)
    both = Liking(lambda parts: counting("ghost")(parts) + 3 * counting("cake")(parts))
    shared = done(both, ghosts)
    assert "ghost" in shared.script.prose and "cake" not in shared.script.prose, "liked best, but by one only"


def test_a_gain_that_a_judge_is_not_sure_of_is_refused() -> None:
    sure = Liking(counting("ghost"))
    assert done(sure, Liking(counting("ghost"), doubt=0.5)).proposals == ()
    assert done(Liking(counting("ghost"), doubt=0.5), sure).proposals == ()


@pytest.mark.parametrize("within", [0.0, 0.1, 0.25, 0.6])
def test_edits_stay_within_the_distance(within: float) -> None:
    made = done(Liking(counting("ghost")), Liking(counting("ghost")), within)
    before, after = ORIGINAL.fountain.split(), made.script.fountain.split()
    kept = sum(word in before for word in after)
    assert made.changed <= within and abs(len(before) - kept) <= within * len(before) + 1e-9
    assert bool(made.proposals) == (within >= 0.25)


def test_a_scene_nobody_likes_is_cut_and_one_too_late_is_moved() -> None:
    hated = ORIGINAL.scenes[2].prose
    made = done(*(Liking(lambda parts: -10.0 * (hated in parts)) for _ in "ab"))
    assert made.proposals[0].edit.kind in ("cut", "replace") and hated not in made.script.prose
    last = ORIGINAL.scenes[-1].prose
    early = [Liking(lambda parts: -float(list(parts).index(last)) if last in parts else -99.0) for _ in "ab"]
    moved = improve(ORIGINAL, "fans", *early, borrowing(()), 1.0, seed=0)
    assert moved.script.scenes[0].prose == last
    assert {each.prose for each in moved.script.scenes} == {each.prose for each in ORIGINAL.scenes}


def test_the_same_seed_proposes_the_same_and_some_may_be_accepted() -> None:
    judge = Liking(lambda parts: counting("ghost")(parts) - counting("number 3")(parts) - counting("number 5")(parts))
    one, other = done(judge, judge), done(judge, judge)
    assert one == other and [each.id for each in one.proposals] == ["e1", "e2"]
    second = accept(one, ["e2"], judge, judge, 1.0)
    assert [each.id for each in second.proposals] == ["e2"] and 0 < second.changed < one.changed
    assert accept(one, [], judge, judge, 1.0).script is ORIGINAL
    with pytest.raises(NothingThere, match="there is no proposal 'e9': name some of e1, e2"):
        accept(one, ["e9"], judge, judge, 1.0)
    with pytest.raises(Gaming, match=r"e1 alone should add .* allow more with --within"):
        accept(one, ["e1"], judge, Liking(counting("cake")), 1.0)


def test_a_segment_that_no_judge_knows_is_named() -> None:
    with pytest.raises(NothingThere, match="no judge knows 'nobody': name one of fans, all"):
        improve(ORIGINAL, "nobody", Liking(len), Liking(len), borrowing(()), 1.0, seed=0)


def test_a_writer_who_writes_no_fountain_is_passed_over() -> None:
    judge = Liking(counting("ghost"))
    assert improve(ORIGINAL, "fans", judge, judge, writes("ghost, ghost", ""), 1.0, seed=0).proposals == ()


@given(st.data())
def test_any_edits_that_are_proposed_can_be_applied(data: st.DataObject) -> None:
    written, made = (
        [(read(GHOST).scenes[0], Header(("Horror",), "dark")), (read(CAKE).scenes[0], Header())],
        list[Edit](),
    )
    for _ in range(data.draw(st.integers(1, 4))):
        open_to = list(options(ORIGINAL, written, made))
        made.append(data.draw(st.sampled_from(open_to)))
    after = applied(ORIGINAL, made)
    kinds = [each.kind for each in made]
    assert len(after.scenes) == 6 + kinds.count("insert") - kinds.count("cut")
    assert read(after.fountain).prose == after.prose and distance(ORIGINAL, made) > 0
    assert all(each.describe(ORIGINAL) for each in made)


def test_a_scene_is_retold_in_another_tone_and_by_its_own_people() -> None:
    ours = read(scene("HALL", "She smiles.", ("ANN", "Hello."), ("BOB", "Hello, Ann."))).scenes[0]
    told = retoned(ours, read(GHOST).scenes[0])
    assert told is not None and told.heading == "INT. HALL - NIGHT"
    assert [(each.character, each.text) for each in told.passages] == [
        ("", "A ghost, a ghost."), ("ANN", "Hello."), ("BOB", "Hello, Ann."),
    ]  # fmt: skip
    assert retoned(ours, read("INT. A - DAY\n\nEVE\nHush.\n").scenes[0]) is None
    theirs = read(scene("BARN", "Eve sits.", ("EVE", "Who is there? Adam?"), ("ADAM", "Me."))).scenes[0]
    own = recast(theirs, ["ANN", "BOB"])
    assert [(each.character, each.text) for each in own.passages] == [
        ("", "Ann sits."), ("ANN", "Who is there? Bob?"), ("BOB", "Me."),
    ]  # fmt: skip


def test_the_evaluation_asks_the_truth() -> None:
    judge, scripts = Liking(counting("ghost")), [(ORIGINAL, "fans")] * 8

    def asked(truth: Callable[[str, str], float], within: float = 1.0):  # type: ignore[no-untyped-def]
        return evaluate_improve(scripts, judge, judge, writes(GHOST, CAKE), truth, within, seed=0)

    right = asked(lambda text, segment: 0.5 * text.count("ghost"))
    assert (right.higher, right.gain, right.edited, right.expected) == (1.0, 1.0, 8, 2.0)
    wrong = asked(lambda text, segment: -text.count("ghost"))
    assert wrong.higher == 0 and wrong.gain == -2 and wrong.high < 0
    idle = asked(lambda text, segment: text.count("ghost"), within=0.0)
    assert (idle.edited, idle.higher, idle.gain) == (0, 0, 0)


class Scripted:
    """A writer that has learned of comedy alone."""

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        if any(ask.header.genres != ("Comedy",) for ask in asks):
            raise UnknownHeader("no such genre was learned")
        return [scene("SHOP", f"{ask.premise} Cake {ask.seed}.") for ask in asks]


def test_a_trained_writer_drafts_the_scenes_and_none_of_what_it_has_not_learned() -> None:
    write = drafting(Scripted())  # type: ignore[arg-type]
    assert write(Header(("Comedy",)), "A thief.", 3) == scene("SHOP", "A thief. Cake 3.")
    assert write(Header(("Horror",)), "A thief.", 3) == ""
