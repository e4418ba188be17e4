"""What a better recommender is worth to the simulated audience: regret over cycles, beside the blend alone.

Two loops turn with one seed, so they meet the same viewers, films and weeks; they differ only in which members a cycle
trains. The first cycle knows nobody and is the same in both.
"""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from models.evaluation.metrics import paired_comparison
from pipelines.bench.figure import Figure
from pipelines.bench.loop import command_of
from pipelines.setup.settings import REPOSITORY

_YARDSTICK = "blend"


def measure(cycles: int, seeds: Sequence[int], folder: Path) -> Iterator[Figure]:
    """Cumulative regret in clicks a slate, by seed and in the mean of cycles."""
    ours: list[np.ndarray] = []
    theirs: list[np.ndarray] = []
    for seed in seeds:
        for runs, regret in zip((ours, theirs), _side_by_side(cycles, seed, folder), strict=True):
            runs.append(regret)
        what = f"regret over {cycles} cycles, seed {seed}"
        yield Figure(what, ours[-1].sum(), "clicks a slate", theirs[-1].sum(), f"{_YARDSTICK} alone")
    learned, yardstick = (np.concatenate([run[1:] for run in runs]) for runs in (ours, theirs))
    compared = paired_comparison(learned, yardstick, higher_is_better=False)
    what = f"regret saved a cycle after the first, of {len(learned)} pairs"
    yield Figure(what, compared.mean, "clicks a slate", float(yardstick.mean()), f"{_YARDSTICK}'s regret")
    what = f"{what}: low end of the 90 % interval"
    yield Figure(what, compared.low, "clicks a slate", float(yardstick.mean()), f"{_YARDSTICK}'s regret")


def _side_by_side(cycles: int, seed: int, folder: Path) -> Iterable[np.ndarray]:
    """Regret by cycle of all members and of the yardstick; a cycle leaves a core idle for most of its time."""
    members = ("", _YARDSTICK)
    states = [folder / f"{name or 'all'}-{seed}" for name in members]
    with ThreadPoolExecutor() as threads:
        return threads.map(partial(_regret, cycles, seed), members, states)


def _regret(cycles: int, seed: int, members: str, state: Path) -> np.ndarray:
    """Regret of each cycle, shape (cycles,)."""
    command = command_of(state, cycles, "--seed", str(seed))
    environment = {**os.environ, "CINELOOP_MEMBERS": members}
    subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, env=environment, check=True)
    report = json.loads((state / "report" / "report.json").read_text())
    return np.array([cycle["feedback"]["regret"] for cycle in report["cycles"]])
