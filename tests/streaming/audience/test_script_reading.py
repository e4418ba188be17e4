"""Readers: who of those invited reads, and that they like what they like in films, and no word twice."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from streaming.audience.audience import Audience
from streaming.audience.clock import begins, ends
from streaming.audience.event_stream import week_of_life
from streaming.audience.script_reading import liking
from streaming.audience.viewers import tastes
from streaming.audience.vocabulary import GENRES
from streaming.audience.world import World
from streaming.errors import AudienceError
from streaming.schema.events import Reached, Read, Script
from tests.streaming.audience.stage import as_lines, pseudonym, random_slates, scene_of

CROWD = World(2, viewers=400)  # in which some segments love horror and some dislike it
NAMES = list(GENRES)


def told(genre: str, start: int = 0) -> str:
    """A script that speaks of one genre: all that its synopses are made of, from some place on."""
    parts = [part for kind in GENRES[genre][1:] for part in kind]
    return "INT. ROOM - DAY\n\n" + "\n\n".join(parts[start:] + parts[:start]) + "\n"


def script(text: str, readers: Iterable[str], name: str = "s1", cycle: int = 1) -> Script:
    """A draft that these viewers are invited to read, each with probability 0.4."""
    about = {"event_id": name, "occurred_at": begins(cycle) - 1, "title": "T", "segment": "all", "policy": "briefed"}
    made = {"seed": 1, "cycle": cycle, "model": "subwords", "model_version": "1"}
    return Script(text=text, readers=[Reached(viewer_id=each, propensity=0.4) for each in readers], **about, **made)


def reads(scripts: Iterable[Script], week: int = 1, world: World = CROWD) -> list[Read]:
    """What is said of scripts in a week without slates."""
    lived = week_of_life(world, week, {}, {}, pseudonym, scripts=list(scripts))
    return [event for event, _ in lived if isinstance(event, Read)]


def lovers(genre: str, week: int = 1, best: int = 60) -> tuple[list[str], list[str]]:
    """Whose taste is for a genre, and whose is against it."""
    order = np.argsort(-tastes(CROWD.seed, CROWD.viewers, week)[:, NAMES.index(genre)])
    viewers = scene_of(CROWD, week).viewers
    return [viewers[row] for row in order[:best]], [viewers[row] for row in order[-best:]]


def stars(found: Iterable[Read], of: Iterable[str], name: str) -> float:
    wanted = set(of)
    return float(np.mean([each.rating for each in found if each.viewer_id in wanted and each.script_id == name]))


def test_who_loves_horror_gives_a_text_full_of_its_words_more_stars_than_others_and_than_another_text() -> None:
    fond, cool = lovers("Horror")
    found = reads([script(told("Horror"), fond + cool, "ghosts"), script(told("Comedy"), fond + cool, "jokes")])
    assert stars(found, fond, "ghosts") > stars(found, cool, "ghosts") + 1
    assert stars(found, fond, "ghosts") > stars(found, fond, "jokes") + 1
    assert {each.rating * 2 % 1 for each in found} == {0} and {0.5 <= each.rating <= 5 for each in found} == {True}


@pytest.mark.parametrize("genre", NAMES)
def test_scripts_are_liked_by_those_who_like_films_of_their_genre(genre: str) -> None:
    films = CROWD.films_of(3)
    alone = films.genres[:, NAMES.index(genre)] & (films.genres.sum(axis=1) == 1)
    of_films = CROWD.taste_of(3)[:, alone].mean(axis=1)
    assert np.corrcoef(of_films, liking(CROWD, 3, [told(genre)])[:, 0])[0, 1] > 0.6


def test_what_speaks_of_no_genre_is_liked_by_nobody_more_than_by_another() -> None:
    plain = "INT. ROOM - DAY\n\nA man and a woman. " + "Nothing is what it was. " * 3
    assert np.ptp(liking(CROWD, 1, [plain])) == 0 and np.isfinite(liking(CROWD, 1, ["", plain])).all()


def test_the_same_again_is_liked_less_and_another_part_of_the_same_kind_is_not() -> None:
    once = told("Horror")
    again, longer = once * 4, once + told("Horror", 3).replace("ghosts", "ghosts of the cellar")
    alone, tired, more, sketch = liking(CROWD, 1, [once, again, longer, "A ghost."]).mean(axis=0)
    assert tired < more < alone + 0.05 and alone - tired > 0.4
    plain = " ".join(f"word{'x' * number}" for number in range(60))
    one, two = liking(CROWD, 1, [once + plain, once + plain + plain.replace("word", "term")]).mean(axis=0)
    assert two == pytest.approx(one, abs=0.05), "length itself is worth nothing"
    assert sketch < alone


def test_only_who_is_invited_reads_most_of_them_once_and_within_the_week() -> None:
    viewers = scene_of(CROWD).viewers
    found = reads([script(told("Crime"), [*viewers[:200], *viewers[:50], "stranger"])] * 2)
    readers = [each.viewer_id for each in found]
    assert len(readers) == len(set(readers)) and set(readers) < set(viewers[:200])
    assert 0.78 < len(readers) / 200 < 0.92
    assert all(begins(1) <= each.occurred_at < ends(1) for each in found)
    assert {(each.script_id, each.propensity, each.film_id) for each in found} == {("s1", 0.4, None)}
    assert reads([script(told("Crime"), ["stranger", "another"])]) == []


def test_nothing_else_of_the_week_changes_and_nobody_s_reading_does_with_others() -> None:
    viewers, slates = scene_of(CROWD).viewers, random_slates(CROWD)

    def week(*scripts: Script) -> list:
        return list(week_of_life(CROWD, 1, slates, {}, pseudonym, scripts=scripts))

    few, many = script(told("Crime"), viewers[:20]), script(told("Crime"), viewers[:90])
    alone, some, more = week(), week(few), week(many, script(told("Drama"), viewers, "s2"))
    assert as_lines((e, s) for e, s in some if not isinstance(e, Read)) == as_lines(alone)
    told_of = [e for e, _ in more if isinstance(e, Read) and e.script_id == "s1" and e.viewer_id in viewers[:20]]
    assert [e for e, _ in some if isinstance(e, Read)] == told_of


def test_an_audience_reads_each_script_once_and_can_be_killed(tmp_path: Path) -> None:
    viewers = scene_of(CROWD).viewers[:100]

    def live(week: int) -> list:
        sent = [script(told("Drama"), viewers, "both"), script(told("Crime"), viewers, f"of {week}", week)]
        return Audience(CROWD, tmp_path, pseudonym).live(week, {}, scripts=sent)

    first, second = live(1), live(2)
    (tmp_path / "week-00002.json.gz").unlink()
    assert as_lines(live(2)) == as_lines(second) == as_lines(live(2))
    assert as_lines(live(1)) == as_lines(first)
    read = [(e.viewer_id, e.script_id) for e, _ in first + second if isinstance(e, Read)]
    assert len(read) == len(set(read)) and {name for _, name in read} == {"both", "of 1", "of 2"}
    twice = {viewer for viewer, name in read if name == "both"}
    assert {e.viewer_id for e, _ in first if isinstance(e, Read) and e.script_id == "both"} == twice


def test_a_page_from_before_there_were_scripts_is_read(tmp_path: Path) -> None:
    audience = Audience(CROWD, tmp_path, pseudonym)
    audience.live(1, {})
    page = tmp_path / "week-00001.json.gz"
    body = json.loads(gzip.decompress(page.read_bytes()))
    del body["scripts"]
    page.write_bytes(gzip.compress(json.dumps(body).encode()))
    sent = script(told("Drama"), scene_of(CROWD).viewers[:9], cycle=2)
    assert any(isinstance(event, Read) for event, _ in audience.live(2, {}, scripts=[sent]))


def test_the_truth_is_the_mean_of_those_who_are_there_and_what_stars_come_from(tmp_path: Path) -> None:
    audience, texts = Audience(CROWD, tmp_path, pseudonym), [told("Horror"), told("Comedy")]
    fond, cool = lovers("Horror")
    true = audience.liking(1, texts, [*fond, "stranger"])
    assert true[0] > true[1] and true[0] > audience.liking(1, texts, cool)[0] + 1
    assert true == pytest.approx(audience.liking(1, texts, fond))
    assert np.isnan(audience.liking(1, texts, ["stranger"])).all()
    assert audience.weeks() == [], "asking is not living"
    with pytest.raises(AudienceError):
        audience.liking(0, texts, fond)
