"""Whether scripts that both judges prefer are better by a hidden taste that neither of them has seen.

Scripts to improve are put together from synopses of films, and nothing in one is meant for whom it is to be improved
for: segments are drawn evenly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import OVERVIEW
from models.base.errors import BrokenScript
from models.evaluation.metrics import mean_interval
from models.judging.appeal import Appeal
from models.screenplay.reading import Scene, Script, read
from models.scripts.asked import Header
from pipelines.platform.errors import NothingThere
from pipelines.scripts.improving.scene_writer import Write
from pipelines.scripts.improving.search import improve
from pipelines.scripts.writing.corpus import cleaned
from pipelines.scripts.writing.scene_setting import heading

_SCENES = 4  # of a script
Truth = Callable[[str, str], float]  # Fountain and segment → true appeal


@dataclass(frozen=True)
class ImproveRow:
    """The gains of improved scripts; intervals are 95 %, over scripts. A script without an edit has gained nothing."""

    scripts: int
    edited: int
    higher: float  # the share of all scripts whose true appeal is higher
    higher_low: float
    higher_high: float
    gain: float  # the mean gain of true appeal
    low: float
    high: float
    expected: float  # the mean gain by the first judge
    changed: float  # the mean share of words


def evaluate_improve(
    scripts: Sequence[tuple[Script, str]],
    judge: Appeal,
    second_judge: Appeal,
    write: Write,
    truth: Truth,
    within: float = 0.3,
    seed: int = 0,
    headers: Callable[[str], Sequence[Header]] = lambda segment: (),
    began: Callable[[str], None] = lambda what: None,
) -> ImproveRow:
    """Improve each script for its segment, and compare its true appeal before and after.

    Args:
        headers: segment → what to ask of the writer.
        began: told which script is at hand.
    """
    rows = []
    for number, (script, segment) in enumerate(scripts):
        began(f"script {number + 1} of {len(scripts)}, for {segment}")
        done = improve(script, segment, judge, second_judge, write, within, seed + 1000 * number, headers(segment))
        (ours,) = (row["gain"] for row in done.gains if row["segment"] == segment)
        before, after = truth(script.fountain, segment), truth(done.script.fountain, segment)
        rows.append((len(done.proposals) > 0, after - before if done.proposals else 0.0, ours, done.changed))
    table = pd.DataFrame(rows, columns=["edited", "gain", "expected", "changed"])
    higher = (table["gain"] > 0).astype(np.float64)
    return ImproveRow(
        len(table),
        int(table["edited"].sum()),
        float(higher.mean()),
        *mean_interval(higher, seed=seed, level=0.95),
        float(table["gain"].mean()),
        *mean_interval(table["gain"], seed=seed, level=0.95),
        float(table["expected"].mean()),
        float(table["changed"].mean()),
    )


def composed(
    films: pd.DataFrame, segments: Sequence[str], count: int, seed: int
) -> tuple[list[tuple[Script, str]], list[Scene]]:
    """Make scripts of four synopses, each with a segment to please drawn by `seed`; and scenes of the other films.

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
    meant = [segments[place] for place in chance.integers(0, len(segments), count)]
    return list(zip(made, meant, strict=True)), others


def _scenes(synopsis: str) -> tuple[Scene, ...]:
    """A film's synopsis as one scene; empty where it cannot be read as Fountain."""
    try:
        return read(f"{heading(synopsis)}\n\n{synopsis}\n\n").scenes[:1]
    except BrokenScript:
        return ()
