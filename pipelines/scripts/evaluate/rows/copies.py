"""How much of what is written stands in the training text."""

from collections.abc import Iterator

from pipelines.scripts.evaluate.rows.fountain import written
from pipelines.scripts.evaluate.run import Bench, Measured
from pipelines.scripts.writing.drafting import compared, is_new

_MUST = 0.01


def measure(bench: Bench) -> Iterator[Measured]:
    """The share of 8-word spans of 100 screenplays, as they are drawn: none has been refused."""
    count, words = (10, 40) if bench.quick else (100, 250)
    texts = written(bench.writer, bench.held_out, count, words, bench)
    found = [copied for copied in (compared(bench.writer, text) for text in texts) if copied]
    share = sum(each.copied for each in found) / max(1, sum(each.spans for each in found))
    longest = max(found, key=lambda each: each.longest)
    refused = sum(not is_new(each) for each in found)
    beside = f"{count} drafts, {refused} would be refused; longest span {longest.longest} words: {longest.passage:.50}"
    yield Measured("copies", "8-word spans copied, of 1", share, _MUST, f"< {_MUST}", "< 0.002", beside)
