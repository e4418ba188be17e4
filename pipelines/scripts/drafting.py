"""Drafts that are new: each is compared with what its writer learned from, and a copy is drawn again."""

from dataclasses import dataclass

from models.scripts.asked import Ask, Settings
from models.scripts.copies import Copied, TrainingText
from models.scripts.protocol import Writer
from pipelines.errors import NotNew

MOST_COPIED = 0.05  # of a draft's 8-word spans
LONGEST_COPIED = 20  # words in one piece
_TRIES = 5


@dataclass(frozen=True)
class Draft:
    """A screenplay, and how new it is."""

    text: str  # Fountain; of a continuation, what is new
    seed: int  # the one that it was drawn with
    copied: Copied | None  # None where it is not known what the writer learned from
    refused: tuple[int, ...]  # seeds before it that gave copies


def draft(writer: Writer, ask: Ask, settings: Settings) -> Draft:
    """What is asked for; the same ask and settings give the same draft.

    A draft of which more than 5 % of the 8-word spans, or more than 20 words in one piece, stand in the training text
    is refused, and drawn again with the next seed.

    Raises:
        NotNew: five seeds gave copies.
        UnknownHeader, UnknownText: as `Writer.write`.
    """
    refused: list[Draft] = []
    for seed in range(ask.seed, ask.seed + _TRIES):
        (text,) = writer.write([_with_seed(ask, seed)], settings)
        made = Draft(text, seed, compared(writer, text), tuple(each.seed for each in refused))
        if is_new(made.copied):
            return made
        refused.append(made)
    raise NotNew(_said(refused[-1]))


def drafts(writer: Writer, asks: list[Ask], settings: Settings) -> list[Draft]:
    """As `draft` for each ask, all written at once; those that are copies are drawn again one by one."""
    texts = writer.write(asks, settings)
    made = [Draft(text, ask.seed, compared(writer, text), ()) for ask, text in zip(asks, texts, strict=True)]
    return [
        each if is_new(each.copied) else draft(writer, _with_seed(ask, ask.seed + 1), settings)
        for ask, each in zip(asks, made, strict=True)
    ]


def compared(writer: Writer, text: str) -> Copied | None:
    """How much of a text its writer has copied."""
    learned: TrainingText | None = getattr(writer, "training_text", None)
    return learned.compare(text) if learned else None


def is_new(copied: Copied | None) -> bool:
    """Whether a text with these copies may be called new."""
    return copied is None or (copied.share <= MOST_COPIED and copied.longest <= LONGEST_COPIED)


def _with_seed(ask: Ask, seed: int) -> Ask:
    """The same ask with other chance."""
    return ask._replace(seed=seed)


def _said(last: Draft) -> str:
    copied = last.copied
    assert copied is not None  # what is not compared is not refused
    return (
        f"{_TRIES} drafts up to seed {last.seed} were copies: {copied.share:.0%} of the last one's 8-word spans stand "
        f"in the training text, and {copied.longest} words in one piece: '{copied.passage:.60}'. "
        f"Raise --temperature, or train on more text"
    )
