"""Drafts without copied passages: each is compared with its writer's training text, and a copy is drawn again."""

from dataclasses import dataclass

from models.scripts.asked import Ask, WritingSettings
from models.scripts.copies import Copied, TrainingText
from models.scripts.protocol import Writer
from pipelines.platform.errors import NotNew

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


def draft(writer: Writer, ask: Ask, settings: WritingSettings) -> Draft:
    """Write a draft of what is asked for, no copy; the same ask and settings give the same draft.

    A draft of which more than 5 % of the 8-word spans, or more than 20 words in one piece, stand in the training text
    is refused, and drawn again with the next seed.

    Raises:
        NotNew: five seeds gave copies.
        UnknownHeader, UnknownText: as `Writer.write`.
    """
    return _new(writer, ask, settings, writer.write([ask], settings)[0])


def new_drafts(writer: Writer, asks: list[Ask], settings: WritingSettings) -> list[Draft | None]:
    """Write a draft for each ask, all at once; those that are copies are drawn again one by one.

    None for an ask of which five seeds gave copies.
    """
    made: list[Draft | None] = []
    for ask, text in zip(asks, writer.write(asks, settings) if asks else [], strict=True):
        try:
            made.append(_new(writer, ask, settings, text))
        except NotNew:
            made.append(None)
    return made


def compared(writer: Writer, text: str) -> Copied | None:
    """How much of a text its writer has copied; None where the writer keeps no training text."""
    learned: TrainingText | None = getattr(writer, "training_text", None)
    return learned.compare(text) if learned else None


def is_new(copied: Copied | None) -> bool:
    """Whether a text with so much copied may be called new; True where it is not known."""
    return copied is None or (copied.share <= MOST_COPIED and copied.longest <= LONGEST_COPIED)


def _new(writer: Writer, ask: Ask, settings: WritingSettings, text: str) -> Draft:
    """The text as a draft, or if it is a copy one drawn with the next seeds; raises NotNew after five copies."""
    refused: list[int] = []
    for seed in range(ask.seed, ask.seed + _TRIES):
        if refused:
            (text,) = writer.write([ask._replace(seed=seed)], settings)
        copied = compared(writer, text)
        if copied is None or is_new(copied):
            return Draft(text, seed, copied, tuple(refused))
        refused.append(seed)
        last = copied
    raise NotNew(
        f"{_TRIES} drafts up to seed {seed} were copies: {last.share:.0%} of the last one's 8-word spans stand in the "
        f"training text, and {last.longest} words in one piece: '{last.passage:.60}'. Raise --temperature, or train on "
        f"more text"
    )
