"""The writer by characters on tinyshakespeare, as in the published table: 90 % to learn from, then the rest."""

import time
from collections.abc import Iterator
from typing import Any

from pipelines.scripts.evaluate.run import Bench, Measured
from pipelines.scripts.writing.corpus import SHAKESPEARE, read_text

_KNOWN = 0.9  # of the characters
_QUICK: dict[str, Any] = {
    "steps": 40,
    "width": 48,
    "blocks": 1,
    "heads": 2,
    "counted": (128, 4096),
    "batch": 8,
    "context": 64,
}
_QUICK_CHARACTERS = 20_000
_NANOGPT = 1.4697


def measure(bench: Bench) -> Iterator[Measured]:
    """Its loss over the whole validation part, in float32 and as int8."""
    from models.scripts.asked import Header, Piece
    from models.scripts.characters import Characters

    text = read_text(bench.folder("content") / SHAKESPEARE)
    text = text[:_QUICK_CHARACTERS] if bench.quick else text
    known, later = text[: int(_KNOWN * len(text))], text[int(_KNOWN * len(text)) :]
    writer = Characters(seed=bench.seed, **(_QUICK if bench.quick else {}))
    writer.journal = bench.journal
    began = time.process_time()
    writer.fit([Piece(Header(), "", known)])
    seconds = time.process_time() - began
    loss = writer.loss(later)
    beside = f"{seconds:,.0f} CPU seconds of training in this run; nanoGPT 1.88 on a CPU, {_NANOGPT} on a GPU"
    yield Measured("characters", "loss, nats a character", loss, _NANOGPT, "≤ 1.50", f"< {_NANOGPT}", beside)
    small = writer.as_int8()
    yield Measured(
        "characters", "the same as int8", small.loss(later), loss, beside=f"{small.bytes / writer.bytes:.2f} × bytes"
    )
