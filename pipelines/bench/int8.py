"""What the sequence encoder loses and gains by int8: quality, bytes and time, beside the same encoder in float32."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.base.columns import VIEWER
from models.evaluation.metrics import ndcg_at, paired_comparison, unseen_targets
from models.recommenders.compressed import compressed
from models.recommenders.exports.sequence_int8 import Int8SequenceEncoder
from models.recommenders.histories import Histories
from models.recommenders.sequence import SequenceEncoder
from models.training.journal import Journal
from pipelines.bench.figure import Figure
from pipelines.bench.telling import tell
from pipelines.recommending.data_split import Split, read_films, read_split
from pipelines.recommending.evaluate import K, fitted

_RUNS = 400
_AT_ONCE = 128
_SEED = 0
_KIB = 1024


@dataclass(frozen=True)
class _Forms:
    """One encoder, as it was trained and compressed."""

    float32: SequenceEncoder
    int8: Int8SequenceEncoder


def measure(split: Path, films: Path | None, checkpoints: Path | None, folder: Path) -> Iterator[Figure]:
    """Figures of an encoder that is trained on the split, or was by `cineloop evaluate` with these checkpoints."""
    parts = read_split(split)
    journal = Journal(checkpoints or folder / "epochs", tell)
    described = read_films(films) if films else None
    trained = fitted(SequenceEncoder.name, parts.train, parts.valid, described, _SEED, journal)
    made = compressed(trained)
    assert isinstance(trained, SequenceEncoder) and isinstance(made, Int8SequenceEncoder)
    forms = _Forms(trained, made)
    yield from _quality(forms, parts)
    yield from _bytes(forms, folder)
    yield from _times(forms, parts.train)


def _quality(forms: _Forms, parts: Split) -> Iterator[Figure]:
    targets = unseen_targets(parts.train, parts.valid)
    viewers = sorted(targets[VIEWER].unique())
    ours, theirs = (
        ndcg_at(form.recommend(viewers, parts.train, K), targets, K) for form in (forms.int8, forms.float32)
    )
    apart = paired_comparison(ours, theirs)
    interval = f"{apart.low:+.5f} to {apart.high:+.5f}"
    yield Figure("NDCG@10 on valid.csv, int8", ours.mean(), "", theirs.mean(), f"float32, {theirs.mean():.4f}")
    yield Figure(f"… difference by viewer, 90 %: {interval}", apart.mean, "", theirs.mean(), "float32")


def _bytes(forms: _Forms, folder: Path) -> Iterator[Figure]:
    forms.int8.save(folder / "int8")
    forms.float32.save(folder / "float32")
    ours, trained = (_size(folder / name) for name in ("int8", "float32"))
    serving = ours - forms.int8.bytes + forms.int8.bytes_in_float32
    yield Figure("artifact, int8", ours / _KIB, "KiB", serving / _KIB, "what serves, in float32")
    yield Figure("artifact, int8", ours / _KIB, "KiB", trained / _KIB, "what is trained, with content")


def _times(forms: _Forms, history: pd.DataFrame) -> Iterator[Figure]:
    longest = history.groupby(VIEWER).size().sort_values(kind="stable").index[-_AT_ONCE:]
    for viewers, runs in ((longest[-1:], _RUNS), (longest, _RUNS // 20)):
        asked = Histories.of(history, pd.Index(viewers), forms.int8.films)
        ours, theirs = _medians(forms, asked, runs)
        what = f"affinity of {len(viewers)} viewers at once" if len(viewers) > 1 else "one viewer's affinity"
        beside = f"float32, {theirs:.3g} ms"
        yield Figure(f"{what}, {forms.int8.length} films back, int8, median", ours, "ms", theirs, beside)


def _medians(forms: _Forms, asked: Histories, runs: int) -> tuple[float, float]:
    """Milliseconds of int8 and of float32, asked in turn: both see the same minutes of a shared machine."""
    both = [(_seconds(forms.int8, asked), _seconds(forms.float32, asked)) for _ in range(runs + 1)]
    ours, theirs = np.median(both[1:], axis=0)  # the first builds the networks
    return float(ours) * 1000, float(theirs) * 1000


def _seconds(form: SequenceEncoder | Int8SequenceEncoder, asked: Histories) -> float:
    began = time.perf_counter()
    form.affinity(asked)
    return time.perf_counter() - began


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
