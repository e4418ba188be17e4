"""Fountain read into scenes: what is written comes back, and what is broken is named by its line."""

import time
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base.errors import BrokenScript
from models.screenplay.fragment import going_on
from models.screenplay.reading import read
from tests.models.film_texts import scene, script_of

SCRIPT = """Title: The Letter
Author: Nobody

FADE IN:

INT. KITCHEN - NIGHT

A kettle boils. Ann waits
by the window.

ANN (V.O.)
(quietly)
He wrote again.

BORIS ^
Who did?

/* INT. NOWHERE - DAY

Not to be filmed. */

.ON THE ROOF

Rain. [[too expensive?]]

@McCoy
Down!

CUT TO:
"""


def test_scenes_speeches_and_action_are_told_apart() -> None:
    script = read(SCRIPT)
    assert [scene.heading for scene in script.scenes] == ["INT. KITCHEN - NIGHT", "ON THE ROOF"]
    kitchen, roof = ([(each.character, each.text) for each in scene.passages] for scene in script.scenes)
    assert kitchen[:2] == [("", "A kettle boils. Ann waits by the window."), ("ANN", "He wrote again.")]
    assert kitchen[2] == ("BORIS", "Who did?") and len(kitchen) == 3, "a comment is no passage"
    assert roof == [("", "Rain."), ("MCCOY", "Down!")]
    assert script.front.endswith("FADE IN:\n\n") and script.scenes[1].words == 2


def test_what_was_read_is_written_as_it_was() -> None:
    assert read(SCRIPT).fountain == SCRIPT
    assert read("\ufeff" + SCRIPT.replace("\n", "\r\n")).fountain == SCRIPT


@given(st.lists(st.sampled_from([scene("HALL", "He runs."), scene("BARN", "Dust.", ("EVE", "Hush."))]), min_size=1))
def test_scenes_joined_are_the_script(scenes: list[str]) -> None:
    script = read("".join(scenes))
    assert len(script.scenes) == len(scenes) and script.fountain == "".join(scenes)
    assert read(script.with_scenes(reversed(script.scenes)).fountain).prose == "\n".join(
        each.prose for each in reversed(script.scenes)
    )


def test_what_stands_before_the_first_heading_is_kept() -> None:
    script = read("A voice in the dark speaks.\n\nINT. HALL - DAY\n\nLight.\n")
    assert [each.heading for each in script.scenes] == ["", "INT. HALL - DAY"]
    assert script.scenes[0].prose == "A voice in the dark speaks."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the script is empty"),
        (" \n\n\t\n", "the script is empty"),
        ("Once upon a time there was a film.\n", "there is no scene heading"),
        ("INT. HALL - DAY\n\nEXT. YARD - DAY\n", "2 scene headings and nothing below them"),
        ("INT. HALL - DAY\nHe runs.\n", r"line 1, 'INT. HALL - DAY', is a scene heading without a blank line"),
        (script_of("Horror") + "/* a thought\n", "the comment that opens in line 14 .* has no end"),
        (script_of("Horror") + "A note [[to self\n", "the note that opens in line 14 .* has no end"),
    ],
)
def test_what_is_broken_is_named(text: str, told: str) -> None:
    with pytest.raises(BrokenScript, match=told):
        read(text)


@pytest.mark.parametrize(
    ("reads", "text", "broken"),
    [
        (going_on, "a\n" * 20_000, False),
        (read, "INT. HALL - DAY\n\nHe runs.\n\n" + "/* a */\n\n" * 12_000, False),
        (read, "/*\n" * 40_000, True),
    ],
)
def test_a_long_text_costs_no_more_a_line_than_a_short_one(
    reads: Callable[[str], object], text: str, broken: bool
) -> None:
    began = time.process_time()
    with pytest.raises(BrokenScript, match="line 40000") if broken else nullcontext():
        reads(text)
    assert time.process_time() - began < 8, "each line was compared with all others"
