"""Colours that the colour-blind can tell apart (after Okabe and Ito, Color Universal Design, 2008).

Plots are drawn in the light colours; in the page each becomes a CSS variable: the reader's scheme decides.
"""

import re

BLUE, ORANGE, GREEN, PINK, SKY, VERMILION, OCHRE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#a08a10",
)
INK, QUIET, RULE, PAPER, GREY = "#1d1b18", "#6a645b", "#dfdad0", "#fffefb", "#8d867b"

NAMES = {
    BLUE: "blue",
    ORANGE: "orange",
    GREEN: "green",
    PINK: "pink",
    SKY: "sky",
    VERMILION: "vermilion",
    OCHRE: "ochre",
    INK: "ink",
    QUIET: "quiet",
    RULE: "rule",
    PAPER: "paper",
    GREY: "grey",
}
DARK = {
    "blue": "#5aa9f0",
    "orange": "#f0b429",
    "green": "#2cc295",
    "pink": "#e29cc4",
    "sky": "#8fd0f7",
    "vermilion": "#ff8548",
    "ochre": "#cdb83e",
    "ink": "#ece8e1",
    "quiet": "#a49d92",
    "rule": "#3a372f",
    "paper": "#1d1c19",
    "grey": "#8d867b",
}
LIGHT = {name: colour for colour, name in NAMES.items()}

_COLOUR = re.compile("|".join(NAMES))


def themed(svg: str) -> str:
    """An SVG whose colours are the page's variables."""
    return _COLOUR.sub(lambda match: f"var(--{NAMES[match.group()]})", svg)
