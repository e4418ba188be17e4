"""What a whole cycle costs: on real data, as data grows, and how much of it the machinery around it takes."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from pipelines.bench.figure import Figure
from streaming.settings import REPOSITORY

_SMALL, _LARGE = 100_000, 1_000_000
_VIEWERS, _FILMS = 6_000, 3_500
_REGISTRY = ("recommender", "forecaster")


@dataclass(frozen=True)
class Turn:
    """A run of one cycle: its wall time, the largest memory of its process tree, and its stages' seconds."""

    seconds: float
    gigabytes: float
    cycle: float
    stages: dict[str, float]
    ingested: int

    @property
    def machinery(self) -> float:
        """Share of the cycle's time that Dagster, MLflow and Great Expectations take together."""
        ours = sum(s for stage, s in self.stages.items() if not stage.startswith("check_") and stage not in _REGISTRY)
        return 1 - ours / self.cycle


def real(data: Sequence[Path], folder: Path) -> Iterator[Figure]:
    """One cycle over data sets that stand on disk."""
    turn = _turn(folder / "real", data)
    what = f"whole loop, one cycle, {turn.ingested:,} real events"
    yield Figure(what, turn.seconds, "s", turn.cycle, "the cycle alone, without broker and replay")
    yield Figure(f"{what}: memory of the process tree", turn.gigabytes, "GiB", 8, "8 GiB")
    yield Figure(f"{what}: Dagster, MLflow, Great Expectations", 100 * turn.machinery, "%", 100, "the cycle's time")


def growth(folder: Path) -> Iterator[Figure]:
    """One cycle over ten times as many events."""
    turns = [_turn(folder / f"turn-{rows}", [_written(folder / f"data-{rows}", rows)]) for rows in (_SMALL, _LARGE)]
    small, large = turns
    linear = small.cycle * _LARGE / _SMALL
    yield Figure(f"one cycle, {_SMALL:,} ratings", small.cycle, "s", large.cycle, f"one of {_LARGE:,}")
    yield Figure(f"one cycle, {_LARGE:,} ratings", large.cycle, "s", linear, "linear growth")


def fresh(folder: Path) -> Iterator[Figure]:
    """From a clone with nothing in it to the table of results, and the same command once more."""
    clone = folder / "clone"
    subprocess.run(("git", "clone", "--quiet", REPOSITORY, clone), check=True)
    first, again = (_made(clone, cycles) for cycles in (3, 1))
    yield Figure("`make run` from a fresh clone to the table of results, three cycles", first, "s", 420, "7 minutes")
    yield Figure("`make run` again, one more cycle", again, "s", first, "the first time")


def _made(clone: Path, cycles: int) -> float:
    """Seconds that `make run` takes in a clone."""
    began = time.monotonic()
    command = ("make", "run", f"ARGS=--once --cycles {cycles} --state {clone}/state")
    with (clone / "bench.log").open("a") as log:
        subprocess.run(command, cwd=clone, stdout=log, stderr=log, check=True)
    return time.monotonic() - began


def _turn(state: Path, data: Sequence[Path]) -> Turn:
    command = [sys.executable, "-m", "pipelines.cli.main", "run", "--once", "--cycles", "1", "--state", str(state)]
    command += [part for folder in data for part in ("--data", str(folder))]
    began = time.monotonic()
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    largest = _watched(process)
    seconds = time.monotonic() - began
    if process.returncode:
        raise SystemExit(f"`{' '.join(command)}` ended with {process.returncode}")
    record: dict[str, Any] = json.loads((state / "cycles" / "000001.json").read_text())
    return Turn(seconds, largest, record["run_seconds"], record["seconds"], record["counts"]["bronze"])


def _watched(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; the largest resident memory of its tree, in GiB, sampled twice a second."""
    largest, ended = 0.0, threading.Event()

    def sample() -> None:
        nonlocal largest
        while not ended.wait(0.5):
            largest = max(largest, _resident(process.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    process.wait()
    ended.set()
    sampler.join()
    return largest / 2**30


def _resident(pid: int) -> int:
    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    total = 0
    for process in tree:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _written(folder: Path, rows: int) -> Path:
    """A folder in MovieLens 1M's form: so many ratings, each viewer and film pair once, films by a long tail."""
    folder.mkdir()
    draw = np.random.default_rng(0)
    pairs = draw.permutation(_VIEWERS * _FILMS)[:rows]
    viewers, films = pairs % _VIEWERS, pairs // _VIEWERS
    stars = draw.integers(1, 6, rows)
    lines = [
        f"{v}::{f}::{s}::{970_000_000 + 60 * n}" for n, (v, f, s) in enumerate(zip(viewers, films, stars, strict=True))
    ]
    (folder / "ratings.dat").write_text("\n".join(lines) + "\n")
    (folder / "movies.dat").write_text("".join(f"{f}::Film {f} (1999)::Drama\n" for f in range(_FILMS)))
    return folder
