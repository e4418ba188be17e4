"""What a better recommender is worth to the simulated audience: regret over cycles, beside the blend alone.

Two loops turn with one seed, so they meet the same viewers, films and weeks; they differ only in which members a cycle
trains. The first cycle knows nobody and is the same in both.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from models.metrics import paired_comparison
from pipelines.bench.figure import Figure
from pipelines.setup.settings import REPOSITORY

_YARDSTICK = "blend"


def measure(cycles: int, seeds: Sequence[int], folder: Path) -> Iterator[Figure]:
    """Cumulative regret in clicks a slate, by seed and in the mean of cycles."""
    ours, theirs = [], []
    for seed in seeds:
        ours.append(_regret(cycles, seed, "", folder / f"all-{seed}"))
        theirs.append(_regret(cycles, seed, _YARDSTICK, folder / f"{_YARDSTICK}-{seed}"))
        what = f"regret over {cycles} cycles, seed {seed}"
        yield Figure(what, ours[-1].sum(), "clicks a slate", theirs[-1].sum(), f"{_YARDSTICK} alone")
    learned, yardstick = (np.concatenate([run[1:] for run in runs]) for runs in (ours, theirs))
    compared = paired_comparison(learned, yardstick, higher_is_better=False)
    what = f"regret saved a cycle after the first, of {len(learned)} pairs"
    yield Figure(what, compared.mean, "clicks a slate", float(yardstick.mean()), f"{_YARDSTICK}'s regret")
    what = f"{what}: low end of the 90 % interval"
    yield Figure(what, compared.low, "clicks a slate", float(yardstick.mean()), f"{_YARDSTICK}'s regret")


def _regret(cycles: int, seed: int, members: str, state: Path) -> np.ndarray:
    """Regret of each cycle, shape (cycles,)."""
    command = [sys.executable, "-m", "pipelines.cli.main", "run", "--once", "--cycles", str(cycles)]
    command += ["--seed", str(seed), "--state", str(state)]
    environment = {**os.environ, "CINELOOP_MEMBERS": members}
    subprocess.run(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, env=environment, check=True)
    report = json.loads((state / "report" / "report.json").read_text())
    return np.array([cycle["feedback"]["regret"] for cycle in report["cycles"]])
