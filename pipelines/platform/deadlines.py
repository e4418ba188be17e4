"""Until when decisions of earlier cycles are asked what became of them: by time, however many cycles that is."""

from dataclasses import dataclass
from typing import Self

from jobs.decisions import Term
from pipelines.platform.ledger import Ledger
from streaming.schema.bounds import DAY_MS


@dataclass(frozen=True)
class Deadlines:
    """`now` of a cycle and of those before it (UTC milliseconds), by which the decisions of each expire."""

    number: int
    moments: dict[int, int]

    @classmethod
    def of(cls, ledger: Ledger, number: int) -> Self:
        """Read from the ledger the `now` of a cycle, once it has one, and of those before it."""
        known = [record for record in ledger.records() if record["cycle"] <= number and "as_of" in record]
        return cls(number, {record["cycle"]: record["as_of"] for record in known})

    def since(self, term: Term) -> int:
        """The first cycle before this one whose decisions of such a term can still be answered; this one, if none can.

        Decisions stand until the next cycle's take their place, after years of replayed history, too. All of a cycle's
        expire together, so that what is counted of a cycle is counted of all that it decided.
        """
        earlier = [cycle for cycle in self.moments if cycle < self.number]
        return min((cycle for cycle in earlier if self._can_be_answered(cycle, term)), default=self.number)

    @property
    def _now_of_cycle(self) -> int:
        return self.moments[self.number]

    def _can_be_answered(self, cycle: int, term: Term) -> bool:
        """Whether answers to a cycle's decisions of such a term may still arrive."""
        replaced = self.moments[min(later for later in self.moments if later > cycle)]
        end = max(self.moments[cycle] + term.open * DAY_MS, replaced)
        return end + term.late * DAY_MS >= self._now_of_cycle
