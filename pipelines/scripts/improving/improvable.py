"""Test scripts to improve, and who writes scenes for them: the writer, or synopses of films.

Nothing in a script is meant for whom it is to be improved for: genres and segments are drawn evenly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import OVERVIEW
from models.base.errors import BrokenScript
from models.screenplay.reading import Scene, Script, read
from models.scripts.asked import Ask, Header, WritingSettings
from models.scripts.protocol import Writer
from pipelines.platform.errors import NothingThere
from pipelines.scripts.improving.scene_writer import Borrowing, Drafting, Write
from pipelines.scripts.writing.corpus import cleaned
from pipelines.scripts.writing.drafting import compared, is_new
from pipelines.scripts.writing.scene_setting import heading

_SCENES, _AT_ONCE, _TIMES = 4, 20, 5  # of a script; drafts; as many as are wanted
_HOW = WritingSettings(
    length=60, lean=1.0
)  # so that a scene may be put in the place of another within 30 % of the words


@dataclass(frozen=True)
class Improvable:
    """Scripts, each with the segment that it is to please, and who writes scenes for them."""

    scripts: list[tuple[Script, str]]
    write: Write
    by: str


def drafted(writer: Writer, segments: Sequence[str], count: int, seed: int) -> Improvable:
    """Scripts of four drafts of a writer, each of a genre that it has learned and none a copy.

    Raises:
        NothingThere: too many of what it wrote are copies.
    """
    chance, found, genres = np.random.default_rng(seed), list[Script](), writer.genres or ("",)
    wanted = _SCENES * count
    for start in range(0, _TIMES * wanted, _AT_ONCE):
        drawn = [genres[place] for place in chance.integers(0, len(genres), _AT_ONCE)]
        asks = [Ask(Header((name,) if name else ()), seed=seed + start + at) for at, name in enumerate(drawn)]
        found += [read(text) for text in writer.write(asks, _HOW) if is_new(compared(writer, text))]
        if len(found) >= wanted:
            made = [_joined(found[at : at + _SCENES]) for at in range(0, wanted, _SCENES)]
            return Improvable(_meant(made, segments, chance), Drafting(writer, _HOW), f"drafts by {writer.name}")
    raise NothingThere(
        f"of {_TIMES * wanted} drafts {len(found)} are new and {wanted} are wanted: ask for fewer with --scripts, or "
        "train the writer on more text"
    )


def composed(films: pd.DataFrame, segments: Sequence[str], count: int, seed: int) -> Improvable:
    """Scripts of four scenes, each a film's synopsis; scenes to insert are those of the other films.

    Args:
        films: overview; what is said of several films counts once.

    Raises:
        NothingThere: fewer films than scenes are told of.
    """
    texts = films.loc[films[OVERVIEW] != "", OVERVIEW].drop_duplicates()
    scenes = [scene for text in texts for scene in _scenes(cleaned(text))]
    if len(scenes) < 2 * _SCENES:
        raise NothingThere(f"{len(scenes)} films are told of, and scripts need {2 * _SCENES}: `cineloop run --once`")
    chance = np.random.default_rng(seed)
    shuffled = [scenes[place] for place in chance.permutation(len(scenes))]
    ours, others = shuffled[: len(scenes) // 2], shuffled[len(scenes) // 2 :]
    drawn = [chance.choice(len(ours), _SCENES, replace=False) for _ in range(count)]
    made = [Script("", ()).with_scenes(ours[place] for place in places) for places in drawn]
    return Improvable(_meant(made, segments, chance), Borrowing(tuple(others)), "synopses, put together")


def _meant(scripts: Sequence[Script], segments: Sequence[str], chance: np.random.Generator) -> list[tuple[Script, str]]:
    return [
        (script, segments[place])
        for script, place in zip(scripts, chance.integers(0, len(segments), len(scripts)), strict=True)
    ]


def _joined(drafts: Sequence[Script]) -> Script:
    return Script("", ()).with_scenes(scene for draft in drafts for scene in draft.scenes)


def _scenes(synopsis: str) -> tuple[Scene, ...]:
    """A film's synopsis as a scene; none where it is no Fountain."""
    try:
        return read(f"{heading(synopsis)}\n\n{synopsis}\n\n").scenes[:1]
    except BrokenScript:
        return ()
