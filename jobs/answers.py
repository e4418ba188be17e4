"""Answers to slates: what each is worth, and which of them count.

An answer counts from the viewer whose slate it names, for a film of that slate, from when the slate was made until its
term ends. A film earns what the best of its answers is worth, once: whether it was taken up, and not how much it was
liked, which is a matter of models (`interaction_sequence.strength`). So a play that a skip or a bad rating follows has
earned all the same, and a like, a rating or an end without the play that was lost on the way earn, too.
"""

from typing import TYPE_CHECKING

from jobs.decisions import RECOMMENDATIONS, TERMS
from streaming.schema.bounds import DAY_MS

if TYPE_CHECKING:
    from pyspark.sql import Column

WORTH = {
    "play": 1.0,
    "progress": 1.0,
    "complete": 1.0,
    "rate": 1.0,  # whatever the stars: a rating implies watching
    "like": 1.0,
    "impression": 0.0,
    "skip": 0.0,
    "search": 0.0,
    "trailer": 0.0,
    "read": 0.0,
}
"""What an answer of each type earns for the slate that it names."""
TAKEN_UP = tuple(kind for kind, worth in WORTH.items() if worth)
"""The types of events by which a viewer takes a film up, with or without a slate."""
LIFE_MS = TERMS[RECOMMENDATIONS].open * DAY_MS
"""How long after it was made a slate can be answered."""
CLOCKS_MS = 5 * 60 * 1000
"""How far a viewer's clock may be behind that of the slate's maker."""


def worth() -> "Column":
    """What the answer in a row of silver's viewing earns."""
    from pyspark.sql import functions as F  # not for verbs that read the figures above

    table = F.create_map(*(F.lit(each) for pair in WORTH.items() for each in pair))
    return F.coalesce(F.element_at(table, F.col("type")), F.lit(0.0))


def in_term(at: "Column", made: "Column") -> "Column":
    """Whether an answer `at` a time counts for a slate `made` at another, both UTC milliseconds."""
    return at.between(made - CLOCKS_MS, made + LIFE_MS)
