"""Colours that the colour-blind can tell apart (after Okabe and Ito, Color Universal Design, 2008).

Plots are drawn in the light colours; in the page each becomes a CSS variable: the reader's scheme decides.
"""

import re

# Each colour's name in the page → as it is drawn, and as a dark scheme shows it.
_COLOURS = {
    **{"blue": ("#0072b2", "#5aa9f0"), "orange": ("#e69f00", "#f0b429"), "green": ("#009e73", "#2cc295")},
    **{"pink": ("#cc79a7", "#e29cc4"), "vermilion": ("#d55e00", "#ff8548"), "ochre": ("#a08a10", "#cdb83e")},
    **{"ink": ("#1d1b18", "#ece8e1"), "quiet": ("#6a645b", "#a49d92"), "rule": ("#dfdad0", "#3a372f")},
    **{"paper": ("#fffefb", "#1d1c19"), "grey": ("#8d867b", "#8d867b"), "sky": ("#56b4e9", "#8fd0f7")},
}
LIGHT, DARK = ({name: pair[place] for name, pair in _COLOURS.items()} for place in (0, 1))
NAMES = {colour: name for name, colour in LIGHT.items()}
BLUE, ORANGE, GREEN, PINK, VERMILION, OCHRE, INK, QUIET, RULE, PAPER, GREY, SKY = LIGHT.values()

_COLOUR = re.compile("|".join(NAMES))


def themed(svg: str) -> str:
    """An SVG whose colours are the page's variables."""
    return _COLOUR.sub(lambda match: f"var(--{NAMES[match.group()]})", svg)
