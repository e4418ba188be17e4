"""The fault matrix: which faults there are, and the proofs that tests give. `make reliability` makes its page.

A test ends with `prove(fault, injected, fired, outcome)`: where the fault was injected, what shows that it fired
(records in flight, a process that is gone), and that the state equals that of a run without it, or the named
difference. Run as a program, this writes what the last run proved into `docs/reliability.md`.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

_REPOSITORY = Path(__file__).resolve().parents[2]
PROOFS = _REPOSITORY / ".faults"
PAGE = _REPOSITORY / "docs" / "reliability.md"
_BEGIN, _END = "<!-- fault matrix: made by make reliability -->", "<!-- end of the fault matrix -->"


class Fault(StrEnum):
    """All faults that the loop is to survive."""

    BROKER_KILL = "broker killed"
    WRITE_COMMIT = "death between write and commit"
    POISON = "poison records"
    SCHEMA_CHANGE = "schema change"
    DUPLICATES = "duplicates"
    DISORDER = "disorder"
    LATENESS = "lateness"
    FULL_DISK = "full disk"
    TORN_CHECKPOINT = "torn checkpoint"
    CLOCK_SKEW = "clock skew"
    ARTIFACT = "torn or foreign artifact"
    EXECUTOR = "dead Spark executor"
    BURST = "tenfold burst"
    REPLAY = "whole-topic replay"
    ORCHESTRATOR = "orchestrator killed"
    AWAY = "registry or lake locked or away"
    RUNAWAY = "feedback runaway and bots"


@dataclass(frozen=True)
class Proof:
    """A row of the matrix."""

    fault: Fault
    injected: str
    fired: str
    outcome: str

    def note(self, test: str) -> None:
        """Keep the row under its test's name, in the place of an earlier run's."""
        PROOFS.mkdir(exist_ok=True)
        name = re.sub(r"\W+", "-", test).strip("-")
        (PROOFS / f"{name}.json").write_text(json.dumps(asdict(self), indent=1))


def proofs() -> list[Proof]:
    """What the tests run so far have proved, in the order of `Fault`."""
    noted = [json.loads(path.read_text()) for path in sorted(PROOFS.glob("*.json"))]
    found = [Proof(**{**fields, "fault": Fault(fields["fault"])}) for fields in noted]
    return sorted(found, key=lambda proof: list(Fault).index(proof.fault))


def table(rows: Iterable[Proof]) -> str:
    """The matrix in Markdown."""
    head = "| fault | injected | proof that it fired | against a run without it |\n|---|---|---|---|"
    return "\n".join([head, *(f"| {p.fault} | {p.injected} | {p.fired} | {p.outcome} |" for p in rows)])


def main() -> None:
    """Put the matrix into its page; ends with 1 where a fault has no proof."""
    rows = proofs()
    missing = [fault for fault in Fault if fault not in {row.fault for row in rows}]
    if missing:
        sys.exit(f"no test of the last run proves: {', '.join(missing)}. Run `make reliability`, and see which failed")
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}\n{table(rows)}\n{_END}{rest.partition(_END)[2]}")


if __name__ == "__main__":
    main()
