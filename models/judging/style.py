"""Style of scenes by counts: pace, share and balance of dialogue, readability."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from models.screenplay.reading import Scene

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")
_VOWELS = re.compile(r"[aeiouyäöüàâéèêëîïôû]+")


class _Counted(NamedTuple):
    """A scene's counts."""

    words: int
    beats: int
    spoken: tuple[tuple[str, int], ...]  # character, words
    letters: int  # words that have letters, by which syllables are counted
    sentences: int
    syllables: int


def sentences(prose: str) -> list[str]:
    """The sentences of prose, in order; a line's end ends one, too."""
    return [each.strip() for each in _SENTENCE_END.split(prose) if WORD.search(each)]


def pace(scenes: Sequence[Scene]) -> float:
    """Beats in a hundred words: headings, paragraphs of action and speeches; NaN where there are no words."""
    counts = list(map(_counted, scenes))
    words = sum(each.words for each in counts)
    return 100 * sum(each.beats for each in counts) / words if words else np.nan


def spoken(scenes: Sequence[Scene]) -> float:
    """The share of the words that characters say, 0 to 1; NaN where there are no words."""
    words = sum(_counted(scene).words for scene in scenes)
    return sum(_spoken_by(scenes).values()) / words if words else np.nan


def balance(scenes: Sequence[Scene]) -> float:
    """How evenly those who speak share the dialogue: entropy over its greatest value, 1 where all say as much.

    0 where one character speaks, NaN where nobody does.
    """
    words = np.array(list(_spoken_by(scenes).values()), dtype=np.float64)
    if not words.size:
        return np.nan
    shares = words / words.sum()
    return float(-(shares * np.log(shares)).sum() / np.log(len(shares))) if len(shares) > 1 else 0.0


def readability(scenes: Sequence[Scene]) -> float:
    """Flesch's reading ease (1948): 60 to 70 is plain English, more is easier; NaN where there are no words.

    Syllables are told by groups of vowels, which is near for English and means little elsewhere.
    """
    counts = list(map(_counted, scenes))
    words, ended = sum(each.letters for each in counts), sum(each.sentences for each in counts)
    syllables = sum(each.syllables for each in counts)
    return 206.835 - 1.015 * words / ended - 84.6 * syllables / words if words else np.nan


def cast(scenes: Sequence[Scene]) -> list[str]:
    """The characters who speak, those of most words first."""
    return [name for name, _ in _spoken_by(scenes).most_common()]


def _spoken_by(scenes: Sequence[Scene]) -> Counter[str]:
    """How many words each character says in all scenes."""
    counts: Counter[str] = Counter()
    for scene in scenes:
        for character, words in _counted(scene).spoken:
            counts[character] += words
    return counts


@lru_cache(maxsize=4096)
def _counted(scene: Scene) -> _Counted:
    """Count a scene's words, beats, speeches, sentences and syllables; cached."""
    lettered = WORD.findall(scene.prose.lower())
    return _Counted(
        words=scene.words,
        beats=bool(scene.heading) + len(scene.passages),
        spoken=tuple((each.character, len(each.text.split())) for each in scene.passages if each.character),
        letters=len(lettered),
        sentences=len(sentences(scene.prose)),
        syllables=sum(map(_count_syllables, lettered)),
    )


def _count_syllables(word: str) -> int:
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    return max(len(_VOWELS.findall(word)) - silent, 1)
