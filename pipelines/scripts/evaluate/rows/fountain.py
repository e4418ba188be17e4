"""Whether what is written is Fountain, by a parser that is not ours."""

from collections.abc import Iterator, Sequence

from models.scripts.asked import Ask, Piece, WritingSettings
from models.scripts.protocol import Writer
from pipelines.scripts.evaluate.run import Bench, Measured

_AT_ONCE = 50


def measure(bench: Bench) -> Iterator[Measured]:
    """The share of 500 screenplays, each with a premise and header of its own, of which each line is taken as meant."""
    from models.screenplay.lines import meant, parsed

    count, words = (20, 30) if bench.quick else (500, 100)
    texts = written(bench.writer, bench.held_out, count, words, bench)
    valid = [meant(text) == parsed(text) and len(parsed(text)) > 0 for text in texts]
    yield Measured(
        "fountain", "valid, of 1", sum(valid) / len(valid), 1, "1", "1", f"{len(valid)} generations, screenplain"
    )


def written(writer: Writer, pieces: Sequence[Piece], count: int, words: int, bench: Bench) -> list[str]:
    """So many screenplays, asked for as the pieces were, each from a seed of its own; as they are drawn."""
    asks = [Ask(*pieces[seed % len(pieces)][:2], seed=seed) for seed in range(count)]
    texts: list[str] = []
    for at in range(0, count, _AT_ONCE):
        bench.began(f"writing {at + 1} to {min(at + _AT_ONCE, count)} of {count}")
        texts += writer.write(asks[at : at + _AT_ONCE], WritingSettings(length=words))
    return texts
