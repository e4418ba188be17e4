"""Whether scripts that both judges prefer are better by a hidden taste that neither of them has seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.evaluation.metrics import mean_interval
from models.judging.predicted import Judge
from models.screenplay.reading import Script
from models.scripts.asked import Header
from pipelines.scripts.improving.scene_writer import Write
from pipelines.scripts.improving.search import improve

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
    judge: Judge,
    second_judge: Judge,
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
