"""How viewers like scripts, and which invited readers read them.

A script has a place in the space of tastes, as films have, by the genres whose own words it uses, and no style.
Repetition makes it liked less, and so does brevity; beyond that, length is worth nothing.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from streaming.audience.clock import first_day, midnight, time_of_day
from streaming.audience.films import STYLES
from streaming.audience.numeric import Floats, Integers, generator
from streaming.audience.vocabulary import ADJECTIVES, GENRES, PLAIN
from streaming.audience.week_state import VISITING_DAYS, WeekState
from streaming.audience.world import World
from streaming.schema.events import Script

ScriptsRead = Mapping[str, Collection[str]]  # viewer (by pseudonym) → the scripts that they have read
_ATTENDANCE = 0.85  # of those who are invited
_RUN, _SAMENESS = 3, 0.8  # words that are the same again; standard deviations of taste, where all of them are
_FEW, _SKETCH = 60, 1.0  # words; standard deviations of taste, where there is none
_WHIM = 0.7  # standard deviation of what is but one reader's mood
_CUTS = np.linspace(-2.0, 2.0, 9)  # of liking, between half stars
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


class ScriptRating(NamedTuple):
    """One reader's rating of a script."""

    viewer_id: str
    script_id: str
    propensity: float
    moment: int  # UTC ms
    rating: float  # stars, 0.5 to 5 in halves


def liking(world: World, week: int, texts: Sequence[str]) -> Floats:
    """How much each viewer would like scripts in `week`, without any whim, (viewers, texts), about standard normal."""
    told = [_words_of(text) for text in texts]
    heard = np.array([_latent_of_words(words) for words in told]).reshape(len(told), len(GENRES) + STYLES)
    return np.asarray(world.suits(week, heard) - [_penalty(words) for words in told])


def readings(state: WeekState, scripts: Sequence[Script], known: ScriptsRead) -> Iterator[ScriptRating]:
    """The readings of a week, by invited viewers who are there; each reads a script once in all weeks.

    A reader's draws belong to the reader and the script, so that nobody's change with who else is invited.
    """
    sent = list({script.event_id: script for script in scripts}.values())
    if not sent:
        return
    liked = liking(state.world, state.week, [script.text for script in sent])
    for column, script in enumerate(sent):
        invited = {one.viewer_id: one.propensity for one in script.readers if one.viewer_id in state.viewer_row}
        chance = generator(state.world.seed, f"reading {script.event_id}")
        comes, day, hour, whim = chance.random((len(state.viewers), 4)).T
        moment = _reading_moments(state.week, day, hour)
        stars = 0.5 + 0.5 * np.searchsorted(_CUTS, liked[:, column] + _WHIM * ndtri(whim))
        for viewer, propensity in invited.items():
            row = state.viewer_row[viewer]
            if comes[row] < _ATTENDANCE and script.event_id not in known.get(viewer, ()):
                yield ScriptRating(viewer, script.event_id, propensity, int(moment[row]), float(stars[row]))


def _reading_moments(week: int, day: Floats, hour: Floats) -> Integers:
    """Some hour of any day but Sunday, UTC ms."""
    return midnight(first_day(week) + (day * VISITING_DAYS).astype(np.int64)) + time_of_day(hour)


def _latent_of_words(words: Sequence[str]) -> Floats:
    """The place among tastes, (DIMENSIONS,): of length 1 as a film's genres are, or 0 where no genre is heard."""
    genres = _genre_by_word()
    counts = np.bincount([genres[word] for word in words if word in genres], minlength=len(GENRES))
    return np.concatenate([counts / max(float(np.linalg.norm(counts)), 1.0), np.zeros(STYLES)])


def _penalty(words: Sequence[str]) -> float:
    """The penalty for repeated runs of words, and for a script of few words.

    Repeated runs of words and short scripts cost most; 0 is no penalty.
    Distinct runs: Li, Galley, Brockett, Gao, Dolan (2016), A diversity-promoting
    objective function for neural conversation models.
    """
    runs = list(zip(*(words[first:] for first in range(_RUN)), strict=False))
    again = 1 - len(set(runs)) / len(runs) if runs else 0.0
    return _SAMENESS * again + _SKETCH * (1 - min(1.0, len(words) / _FEW))


@lru_cache(maxsize=1)
def _genre_by_word() -> dict[str, int]:
    """Word → the number of its genre, of words that say something and that one genre alone is told with."""
    told = [set(_words_of(" ".join(chain(*words)))) for words in GENRES.values()]
    common = {*PLAIN, *(adjective.lower() for adjective in ADJECTIVES)}
    shared = {word for words in told for word in words if sum(word in others for others in told) > 1}
    return {word: genre for genre, words in enumerate(told) for word in words - common - shared}


def _words_of(text: str) -> list[str]:
    """The words of a text, headings and names included, in small letters."""
    return _WORD.findall(text.lower().replace("'s", ""))
