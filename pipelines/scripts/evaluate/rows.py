"""The figures of `cineloop evaluate scripts`, by row: loss, Fountain, copies and speed."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.scripts.asked import Ask, Header, Piece, WritingSettings
from models.training.journal import Journal
from pipelines.platform.errors import NothingThere
from pipelines.scripts.writing.corpus import SHAKESPEARE, read_text
from pipelines.scripts.writing.drafting import compared, is_new
from pipelines.scripts.writing.train import fit_writer, read_pieces

if TYPE_CHECKING:
    from models.scripts.trained import TrainedWriter

_KNOWN = 0.9  # of the characters of tinyshakespeare are learned, as in the published table; the rest validates
_QUICK: dict[str, Any] = {
    **{"steps": 40, "width": 48, "blocks": 1, "heads": 2},
    **{"counted": (128, 4096), "batch": 8, "context": 64},
}
_QUICK_SUBWORDS: dict[str, Any] = {
    "steps": 120,
    "width": 64,
    "blocks": 2,
    "heads": 2,
    "size": 512,
    "spans": (4096,),
    "batch": 8,
}
_QUICK_CHARACTERS, _QUICK_PIECES = 20_000, 400
_HELD_OUT = 50  # every so manieth piece is kept out of the writer's training
_NANOGPT = 1.4697
_AT_ONCE = 50  # screenplays
_REPEATS = 3


@dataclass(frozen=True)
class ScriptFigure:
    """One figure, and the value that is wanted."""

    row: str
    what: str
    value: float
    must: str = ""
    aim: str = ""
    beside: str = ""  # what to read it by


@dataclass(frozen=True)
class Bench:
    """What rows measure with."""

    content: Path | None = None
    boxoffice: Path | None = None
    journal: Journal = field(default_factory=Journal)
    seed: int = 0
    quick: bool = False  # everything small, in a minute
    began: Callable[[str], None] = lambda what: None

    @cached_property
    def pieces(self) -> list[Piece]:
        """All pieces to learn from, read from the folders once and kept; raises BadSplit where a file is missing."""
        found = read_pieces(self.content, self.boxoffice)
        return found[:_QUICK_PIECES] if self.quick else found

    @cached_property
    def writer(self) -> "TrainedWriter":
        """The writer that is used, trained on all pieces but those held out, on first use, and kept for all rows."""
        self.began("training the writer")
        known = [piece for number, piece in enumerate(self.pieces) if number % _HELD_OUT]
        return fit_writer(known, self.journal, seed=self.seed, **(_QUICK_SUBWORDS if self.quick else {}))

    @property
    def held_out(self) -> list[Piece]:
        """The pieces that the writer is never trained on; reads the folders at the first use."""
        return self.pieces[::_HELD_OUT]


def measured(names: Sequence[str], bench: Bench) -> Iterator[ScriptFigure]:
    """Run these rows, or all, and yield their figures, by training and writing; raises NothingThere if unknown."""
    unknown = sorted(set(names) - set(ROWS))
    if unknown:
        raise NothingThere(f"there is no row {', '.join(unknown)}: the rows are {', '.join(ROWS)}")
    for name in names or ROWS:
        bench.began(name)
        yield from ROWS[name](bench)


def characters(bench: Bench) -> Iterator[ScriptFigure]:
    """Train the writer by characters, and yield its loss over the whole validation part, in float32 and as int8."""
    from models.scripts.characters import Characters

    if bench.content is None:
        raise NothingThere("this row needs the folder content: give it with --content DIR")
    text = read_text(bench.content / SHAKESPEARE)
    text = text[:_QUICK_CHARACTERS] if bench.quick else text
    known, later = text[: int(_KNOWN * len(text))], text[int(_KNOWN * len(text)) :]
    writer = Characters(seed=bench.seed, **(_QUICK if bench.quick else {}))
    writer.journal = bench.journal
    began = time.process_time()
    writer.fit([Piece(Header(), "", known)])
    seconds = time.process_time() - began
    loss = writer.loss(later)
    beside = f"{seconds:,.0f} CPU seconds of training in this run; nanoGPT 1.88 on a CPU, {_NANOGPT} on a GPU"
    yield ScriptFigure("characters", "loss, nats a character", loss, "≤ 1.50", f"< {_NANOGPT}", beside)
    small = writer.as_int8()
    beside = f"{small.bytes / writer.bytes:.2f} × bytes"
    yield ScriptFigure("characters", "the same as int8", small.loss(later), beside=beside)


def copies(bench: Bench) -> Iterator[ScriptFigure]:
    """Write 100 screenplays, and yield the share of their 8-word spans that stand in the training text."""
    count, words = (10, 40) if bench.quick else (100, 250)
    texts = _written(bench, count, words)
    found = [copied for copied in (compared(bench.writer, text) for text in texts) if copied]
    share = sum(each.copied for each in found) / max(1, sum(each.spans for each in found))
    longest = max(found, key=lambda each: each.longest)
    refused = sum(not is_new(each) for each in found)
    beside = f"{count} drafts, {refused} would be refused; longest span {longest.longest} words: {longest.passage:.50}"
    yield ScriptFigure("copies", "8-word spans copied, of 1", share, "< 0.01", "< 0.002", beside)


def fountain(bench: Bench) -> Iterator[ScriptFigure]:
    """Write 500 screenplays, and yield the share of which another parser takes each line as meant."""
    from models.screenplay.lines import meant, parsed

    count, words = (20, 30) if bench.quick else (500, 100)
    texts = _written(bench, count, words)
    valid = [meant(text) == parsed(text) and len(parsed(text)) > 0 for text in texts]
    beside = f"{len(valid)} generations, screenplain"
    yield ScriptFigure("fountain", "valid, of 1", sum(valid) / len(valid), "1", "1", beside)


def speed(bench: Bench) -> Iterator[ScriptFigure]:
    """Time the writer: yield tokens a second of one screenplay and of sixteen, and the loss on held-out pieces."""
    whole, small = bench.writer, bench.writer.as_int8()
    words = 30 if bench.quick else 120
    plain = _rate(whole, words, cached=False)
    for name, writer in (("float32", whole), ("int8", small)):
        for at_once in (1, 16):
            rate = _rate(writer, words, at_once)
            must, aim = (f"≥ {2 * plain:.0f}", f"≥ {4 * plain:.0f}") if (name, at_once) == ("int8", 1) else ("", "")
            beside = f"{rate / plain:.1f} × float32 without cache, {plain:.0f} tokens/s"
            yield ScriptFigure("speed", f"{name} with cache, {at_once} at once, tokens/s", rate, must, aim, beside)
    held_out = [piece.script for piece in bench.held_out]
    readable = [script for script in held_out if set(script) <= whole.vocabulary.letters]
    text = "\n\n".join(readable)
    before, after = whole.loss(text), small.loss(text)
    left_out = f"{len(held_out) - len(readable)} of {len(held_out)} pieces have letters that none of the others has"
    beside = f"float32 {before:.4f}; {small.bytes / whole.bytes:.2f} × bytes; {left_out}"
    yield ScriptFigure("speed", "int8, nats a character of held-out pieces", after, beside=beside)


def _written(bench: Bench, count: int, words: int) -> list[str]:
    """Write so many screenplays, asked for as held-out pieces were, from a seed each; copies are not refused."""
    pieces = bench.held_out
    asks = [Ask(*pieces[seed % len(pieces)][:2], seed=seed) for seed in range(count)]
    texts: list[str] = []
    for at in range(0, count, _AT_ONCE):
        bench.began(f"writing {at + 1} to {min(at + _AT_ONCE, count)} of {count}")
        texts += bench.writer.write(asks[at : at + _AT_ONCE], WritingSettings(length=words))
    return texts


def _rate(writer: "TrainedWriter", words: int, at_once: int = 1, cached: bool = True) -> float:
    """Time the writer: tokens a second, the best of some runs, since others are at work on the machine."""
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


ROWS: dict[str, Callable[[Bench], Iterator[ScriptFigure]]] = {
    "characters": characters,
    "copies": copies,
    "fountain": fountain,
    "speed": speed,
}
