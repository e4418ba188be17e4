"""The grammar of screenplays: whatever it lets through, a parser that is not ours takes for what it is meant to be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.base.errors import BrokenScript
from models.screenplay.fragment import going_on, plain
from models.screenplay.grammar import (
    AFTER_CHARACTER,
    AFTER_HEADING,
    AFTER_SPEECH,
    AFTER_TRANSITION,
    BEGIN,
    SIGNS,
    fountain,
)
from models.screenplay.lines import meant, parsed
from models.screenplay.tokens import TokenGrammar

SCREENPLAY = """INT. DRAWING ROOM - NIGHT

Roper takes off his gloves. Est-ce possible?

LIONEL ROPER (V.O.)
(to Gladys, "quietly")
She won't be long.
1912 was a good year.

'Tis INT. work: ROPER TO: nobody.

INTERN TO
Internal affairs, 100% & more!

CUT TO:

EXT. KING'S CROSS

A man waits.
"""
KINDS = [
    *("heading", "action", "character", "parenthetical", "dialogue", "dialogue", "action", "character", "dialogue"),
    *("transition", "heading", "action"),
]
LETTERS = "ITEXNSOabintexsoétßıﬆ漢И0123" + SIGNS + "*_[]#@^~<>=/\\\t"


def test_each_line_is_taken_as_it_is_meant() -> None:
    assert fountain().accepts(SCREENPLAY)
    assert [name for name, _ in meant(SCREENPLAY) or []] == KINDS
    assert meant(SCREENPLAY) == parsed(SCREENPLAY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A man waits.\n",  # no heading
        "INT. ROOM\n",  # nothing happens in it
        "INT. ROOM\n\nINT. HALL\n\nHe waits.",
        "INT. room\n\nHe waits.",
        "INT. ROOM -\n\nHe waits.",
        "INT. ROOM\n\nHE WAITS.",  # action in capitals might be a character
        "INT. ROOM\n\nInt. a room.",  # a heading to parsers
        "INT. ROOM\n\nest by name.",
        "INT. ROOM\n\nROPER\n\nHullo.",  # nobody speaks
        "INT. ROOM\n\nROPER\n(aside)\n\nHe waits.",
        "INT. ROOM\n\nROPER\n(aside\nHullo.",
        "INT. ROOM\n\nROPER\nHullo. (aside)",
        "INT. ROOM\n\nHe *waits*.",
        "INT. ROOM\n\nHe  waits.",
        "INT. ROOM\n\nHe waits. \n\nOn.",
        "INT. ROOM\n\nHe waits.\nOn.",
        "INT. ROOM\n\nHe waits.\n\nCUT TO:",
        "INT. ROOM\n\nHe waits.\n\nCUT TO:\n\nHe waits.",
        "INT. ROOM\n\nHe waits.\n\n\nOn.",
        "INT. ROOM\n\n[[a note]]",
        "INT. ROOM\n\n.hidden",
    ],
)
def test_what_could_be_taken_otherwise_is_not_in_the_grammar(text: str) -> None:
    assert not fountain().accepts(text)


def walk(choices: list[int], alphabet: str) -> str:
    """A text of the grammar: at each place, one of the characters that may follow."""
    grammar = TokenGrammar.of(fountain(), list(alphabet))
    state, text = np.array([fountain().number[BEGIN]]), ""
    for left in range(len(choices), 0, -1):
        may = np.flatnonzero(grammar.allowed(state, left)[0])
        token = may[choices[left - 1] % len(may)]
        state, text = grammar.following[state, token], text + alphabet[token]
    return text


@given(st.lists(st.integers(0, 10_000), min_size=24, max_size=300))
@settings(max_examples=150)
def test_every_walk_through_the_grammar_is_read_as_it_was_meant(choices: list[int]) -> None:
    text = walk(choices, LETTERS)
    assert fountain().accepts(text) and len(text) == len(choices)
    assert meant(text) == parsed(text)


@given(
    st.lists(st.sampled_from(["INT. ", "A", "He ", "\n", "\n\n", "TO:", " (", ")", "ROOM", "waits", "."]), max_size=12)
)
def test_tokens_lead_where_their_characters_lead(tokens: list[str]) -> None:
    grammar = TokenGrammar.of(fountain(), [*tokens, "x", None])
    state = fountain().number[BEGIN]
    for number, token in enumerate(tokens):
        state = int(grammar.following[state, number])
        assert state == fountain().read("".join(tokens[: number + 1])), token
    assert (grammar.following[:, len(tokens) + 1] == fountain().nowhere).all(), "a sign leads nowhere"


def test_with_few_tokens_left_a_screenplay_is_led_to_its_end() -> None:
    alphabet = list("INT. AB\nab")
    grammar = TokenGrammar.of(fountain(), alphabet)
    begin = np.array([fountain().number[BEGIN]])
    shortest = int(grammar.to_end[begin[0]])
    assert shortest == len("INT. A\n\nAa")
    assert not grammar.allowed(begin, shortest - 1).any()
    assert [alphabet[token] for token in np.flatnonzero(grammar.allowed(begin, shortest)[0])] == ["I"]


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("INT. ROOM - DAY", AFTER_HEADING),
        (".A FORCED HEADING\n\n", AFTER_HEADING),
        ("INT. ROOM\n\nHe waits.\n\n> FADE OUT.", AFTER_TRANSITION),
        ("INT. ROOM\n\nHe waits.\n", AFTER_SPEECH),
        ("Title: Waiting\n\nINT. ROOM\n\nROPER\nHullo.\n\n\n", AFTER_SPEECH),
        ("INT. ROOM\n\nROPER (V.O.)\n", AFTER_CHARACTER),
        ("INT. ROOM\n\nROPER\n\n", AFTER_SPEECH),  # action in capitals: what follows is no dialogue
    ],
)
def test_a_fragment_goes_on_where_it_stops(text: str, at: object) -> None:
    body, entry = going_on(text)
    assert entry == at
    following = {AFTER_HEADING: "He waits.", AFTER_SPEECH: "He waits.", AFTER_CHARACTER: "Hullo."}
    whole = parsed(body + following.get(entry, "EXT. STREET"))  # type: ignore[call-overload]
    expected = {AFTER_CHARACTER: "dialogue", AFTER_TRANSITION: "heading"}.get(entry, "action")  # type: ignore[call-overload]
    assert whole[-1][0] == expected and len(whole) == len(parsed(text)) + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\n", "has no scene, action or dialogue"),
        ("INT. ROOM\n\nHe /* waits.\n", r"comment that opens in line 3 with /\* has no end"),
        ("INT. ROOM\n\n[[He waits.\n", r"note that opens in line 3 with \[\[ has no end"),
        ("INT. ROOM\n\nROPER\n(aside\nHullo.\n\nHe waits :)", "line 4 opens a parenthetical"),
    ],
)
def test_a_broken_fragment_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BrokenScript, match=said):
        going_on(text)


def test_typographers_signs_become_plain() -> None:
    assert plain("\ufeff“Well”—he’s…\r\nlate\rnow") == '"Well"--he\'s...\nlate\nnow'
