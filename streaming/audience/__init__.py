"""An audience to close the loop with: viewers with hidden tastes, and films whose gross answers to rivals.

It speaks to the platform only through events and slates, and is a pure function of a seed, a week, and what
its viewers were shown. Nobody who learns or decides may import it: its truth is for the report alone.
"""

from streaming.audience.audience import Audience
from streaming.audience.errors import AudienceError, EndOfTime, LedgerError
from streaming.audience.life import opening, week_of_life
from streaming.audience.truth import Truth, truth_of_week
from streaming.audience.world import World

__all__ = [
    "Audience",
    "AudienceError",
    "EndOfTime",
    "LedgerError",
    "Truth",
    "World",
    "opening",
    "truth_of_week",
    "week_of_life",
]
