"""What the scripts' writers, judges, edits and briefs are worth, on real texts and by an audience's simulated taste."""

from collections.abc import Iterator
from pathlib import Path

from models.training.journal import Journal
from pipelines.bench.figure import Figure
from pipelines.platform.state import State
from pipelines.scripts.evaluate.appeal import evaluate_appeal, read_rated
from pipelines.scripts.evaluate.bench import Bench
from pipelines.scripts.evaluate.rows import measured
from pipelines.scripts.evaluate.sentiment import REVIEWS, evaluate_sentiment, read_sentences
from pipelines.simulation.study_scripts import brief_row, improve_row

_SCRIPTS, _PAIRS, _WITHIN = 100, 10, 0.3
_CHANCE = 0.5  # of two drafts, the other one is liked better as often


def writers(content: Path, boxoffice: Path, checkpoints: Path | None, folder: Path) -> Iterator[Figure]:
    """The figures of `cineloop evaluate scripts`; a training that was killed goes on from the checkpoints."""
    for each in measured([], Bench(content, boxoffice, Journal(checkpoints or folder / "steps", _print_progress))):
        wanted = f", wanted {each.must}" if each.must else ""
        yield Figure(f"{each.what}{wanted}", each.value, "", each.yardstick, each.beside)


def judges(content: Path, boxoffice: Path) -> Iterator[Figure]:
    """Sentiment, ten folds; and appeal, on films of years that were not learned. The first model is the yardstick."""
    heard, _, _ = evaluate_sentiment(read_sentences(content / REVIEWS), None, print)
    told = [("sentiment", row.model, row.on, row.accuracy, row.low, row.high) for row in heard]
    yield from _beside_the_first(told)
    rated = evaluate_appeal(read_rated(boxoffice / "films.parquet"), print)
    yield from _beside_the_first([("appeal", row.model, row.on, row.spearman, row.low, row.high) for row in rated])


def drafts(state: State) -> Iterator[Figure]:
    """How often improved scripts and briefed drafts are liked better in truth."""
    edits = improve_row(state, _SCRIPTS, _WITHIN, 0, print)
    yield Figure("improved scripts liked better", edits.higher, "", _CHANCE, _gain(edits.gain, edits.low, edits.high))
    pairs = brief_row(state, _PAIRS, 0, print)
    what = f"briefed drafts liked better, {pairs.pairs} pairs of {len(pairs.segments)} segments"
    yield Figure(what, pairs.higher, "", _CHANCE, _gain(pairs.gain, pairs.low, pairs.high))


def _beside_the_first(told: list[tuple[str, str, str, float, float, float]]) -> Iterator[Figure]:
    """Each value beside that of the first model."""
    for what, model, on, value, low, high in told:
        beside = f"{told[0][1]}; 95 % {low:.3f} to {high:.3f}"
        yield Figure(f"{what}, {model}, {on}", value, "", told[0][3], beside)


def _gain(mean: float, low: float, high: float) -> str:
    return f"chance; gain {mean:+.3f} standard deviations of taste, 95 % {low:+.3f} to {high:+.3f}"


def _print_progress(what: str, done: int, total: int, loss: float) -> None:
    print(f"{what}: {done} of {total}, loss {loss:.4f}", flush=True)
