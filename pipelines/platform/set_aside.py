"""What a stage cannot handle: a film, viewer or draft is set aside with its reason, and the stage goes on for others.

What no model can take is found before any is fitted or asked (`absurd`, `models.base.usable`): a native library would
take the stage down with it. What shows only when a thing's own decision is made is caught there (`each`), and of errors
only those that are about the thing: any other is a mistake of ours, and ends the stage.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import pandas as pd
from pydantic import ValidationError

from models.base.errors import ModelError
from models.base.usable import unusable
from pipelines.platform.errors import TooLarge
from pipelines.platform.ledger import Ledger
from streaming.kafka.codec import first_complaint
from streaming.kafka.topics import topic_of
from streaming.schema.events import Event

Aside = Mapping[str, str]  # id of a film, viewer or draft → why it was set aside
Thing = TypeVar("Thing")
Made = TypeVar("Made")

_ABOUT_THE_THING = (ModelError, ValidationError, TooLarge)
_MOST = 1e12  # US dollars, minutes, cinemas: of no film is more told, in whatever unit
_LARGEST = 1_000_000  # bytes: a record of Kafka's may have 1 MiB
_ALL = 10  # so many things do not all fail by a fault of their own
_LISTED, _LONGEST = 20, 200  # in the ledger: things by name, and letters of a name or reason


def note(ledger: Ledger, cycle: int, stage: str, aside: Aside) -> None:
    """Write to the ledger how many things a stage of a cycle has set aside, and the first of them by name."""
    first = [{"id": name[:_LONGEST], "reason": aside[name][:_LONGEST]} for name in sorted(aside)[:_LISTED]]
    ledger.note_among(cycle, "set_aside", {stage: {"count": len(aside), "first": first}})


def absurd(told: pd.DataFrame, ids: pd.Series) -> dict[str, str]:
    """Id → why, of rows with a number below 0 or beyond all that is told of films; a missing one is fine."""
    return unusable(told, ids, 0.0, _MOST)


def each(
    things: Iterable[Thing], name: Callable[[Thing], str], make: Callable[[Thing], Made]
) -> tuple[list[Made], dict[str, str]]:
    """Call `make` on each thing: what was made, in order, and the reason for each of which nothing can be made.

    Raises:
        ModelError, ValidationError, TooLarge: many things, and all of them, fail: it is no fault of theirs.
    """
    made: list[Made] = []
    aside: dict[str, str] = {}
    last: Exception | None = None
    for thing in things:
        try:
            made.append(_refuse_if_too_large(make(thing)))
        except _ABOUT_THE_THING as error:
            aside[name(thing)], last = _error_in_a_line(error), error
    if last and not made and len(aside) >= _ALL:
        raise last
    return made, aside


def _refuse_if_too_large(made: Made) -> Made:
    """What was made; raises TooLarge if it is an event of more bytes than Kafka takes."""
    if isinstance(made, Event):
        record = topic_of(made.type).codec.encode(made, "")
        size = len(record.key) + len(record.value)
        if size > _LARGEST:
            raise TooLarge(f"its {made.type} has {size:,} bytes, Kafka takes {_LARGEST:,}")
    return made


def _error_in_a_line(error: Exception) -> str:
    told = first_complaint(error) if isinstance(error, ValidationError) else str(error)
    return f"{type(error).__name__}: {told}"
