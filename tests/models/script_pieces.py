"""Screenplays to learn from whose law is known: the header alone says where they play and what is said; by a seed."""

import numpy as np

from models.scripts.asked import Header, Piece

_WORDS = {
    "light": (["the tea is hot", "we dance all day", "a sweet song", "my dear cat sings"], "GARDEN"),
    "dark": (["the car is cold", "we drive all night", "a hard rain", "my old gun waits"], "ROAD"),
}
_GENRES = {"light": "Comedy", "dark": "Crime"}


def pieces(count: int = 60, seed: int = 0) -> list[Piece]:
    """Short screenplays in both tones, in turn."""
    chance = np.random.default_rng(seed)
    return [_piece(("light", "dark")[number % 2], chance) for number in range(count)]


def _piece(tone: str, chance: np.random.Generator) -> Piece:
    lines, place = _WORDS[tone]
    first, second, third = (lines[each] for each in chance.integers(len(lines), size=3))
    script = f"EXT. {place} - DAY\n\nThey say that {first}.\n\nANNA\nSo {second}.\n\nBEN\n(softly)\nAnd {third}."
    return Piece(Header((_GENRES[tone],), tone), "A story of Anna and Ben.", script)
