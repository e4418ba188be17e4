"""What whole numbers and the cache of keys and values are worth to who waits for one screenplay."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.scripts.asked import Ask, WritingSettings
from pipelines.scripts.evaluate.run import Bench, Measured

if TYPE_CHECKING:
    from models.scripts.trained import TrainedWriter

_REPEATS = 3


def measure(bench: Bench) -> Iterator[Measured]:
    """Tokens a second of one screenplay at a time and of sixteen, and the loss on pieces that were held out."""
    from models.scripts.trained import TrainedWriter

    whole = bench.writer
    assert isinstance(whole, TrainedWriter)
    small = whole.as_int8()
    words = 30 if bench.quick else 120
    plain = _rate(whole, words, cached=False)
    for name, writer in (("float32", whole), ("int8", small)):
        for at_once in (1, 16):
            rate = _rate(writer, words, at_once)
            must, aim = (f"≥ {2 * plain:.0f}", f"≥ {4 * plain:.0f}") if (name, at_once) == ("int8", 1) else ("", "")
            beside = f"{rate / plain:.1f} × float32 without cache, {plain:.0f} tokens/s"
            yield Measured("speed", f"{name} with cache, {at_once} at once, tokens/s", rate, plain, must, aim, beside)
    held_out = [piece.script for piece in bench.held_out]
    readable = [script for script in held_out if set(script) <= whole.vocabulary.letters]
    text = "\n\n".join(readable)
    before, after = whole.loss(text), small.loss(text)
    left_out = f"{len(held_out) - len(readable)} of {len(held_out)} pieces have letters that none of the others has"
    beside = f"float32 {before:.4f}; {small.bytes / whole.bytes:.2f} × bytes; {left_out}"
    yield Measured("speed", "int8, nats a character of held-out pieces", after, before, beside=beside)


def _rate(writer: "TrainedWriter", words: int, at_once: int = 1, cached: bool = True) -> float:
    """The best of some runs: others are at work on the machine."""
    writer.cached = cached
    asks = [Ask(seed=seed) for seed in range(at_once)]
    rates = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        texts = writer.write(asks, WritingSettings(length=words))
        tokens = sum(len(writer.vocabulary.encode(text)) for text in texts)
        rates.append(tokens / (time.perf_counter() - began))
    writer.cached = True
    return max(rates)
