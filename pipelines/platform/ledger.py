"""The ledger of cycles: for each, what was read, made, decided and observed, with the ids that link them.

One JSON file a cycle, replaced whole, so that a killed cycle is found as it was and goes on under its own number.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from streaming.atomic_files import write_whole

Record = dict[str, Any]


@dataclass(frozen=True)
class Ledger:
    """Reads and writes `STATE/cycles/<number>.json`."""

    folder: Path

    def numbers(self) -> list[int]:
        """The cycles that have a file, in order."""
        return sorted(int(path.stem) for path in self.folder.glob("*.json") if path.stem.isdigit())

    def read(self, cycle: int) -> Record:
        """Read a cycle's record."""
        record: Record = json.loads(self._file_of_cycle(cycle).read_text())
        return record

    def records(self) -> list[Record]:
        """Read all cycles' records, in order."""
        return [self.read(number) for number in self.numbers()]

    def open_or_resume(self) -> int:
        """The number of the unfinished cycle, or of a new one, whose file is written."""
        numbers = self.numbers()
        if numbers and not self.read(numbers[-1])["closed"]:
            return numbers[-1]
        number = numbers[-1] + 1 if numbers else 1
        self._write_record(number, {"cycle": number, "closed": False, "seconds": {}})
        return number

    def current(self) -> int:
        """The newest cycle's number."""
        return self.numbers()[-1]

    def now(self) -> int | None:
        """The newest cycle's `now` (UTC milliseconds), from its record; None before there is one."""
        return max((record["as_of"] for record in self.records() if "as_of" in record), default=None)

    def note(self, cycle: int, **facts: Any) -> None:
        """Write facts to a cycle's record, or replace them."""
        self._write_record(cycle, {**self.read(cycle), **facts})

    def note_among(self, cycle: int, field: str, facts: Mapping[str, Any]) -> None:
        """Write facts to those that a field of a cycle's record holds, or replace them; each comes last."""
        kept = {key: value for key, value in self.read(cycle).get(field, {}).items() if key not in facts}
        self.note(cycle, **{field: {**kept, **facts}})

    def forget_places(self) -> None:
        """Write to all records that cycles read none of what the topics hold: offsets there are other records' now."""
        for number in self.numbers():
            if "read" in self.read(number):
                self.note(number, read={})

    def close(self, cycle: int) -> None:
        """Write to the record that a cycle is done."""
        self.note(cycle, closed=True)

    @contextmanager
    def stage(self, cycle: int, name: str) -> Iterator[None]:
        """Time the block and write its seconds to the cycle's record, as the stage `name`; nothing if it fails."""
        began = time.monotonic()
        yield
        self.note_among(cycle, "seconds", {name: round(time.monotonic() - began, 3)})

    def _file_of_cycle(self, cycle: int) -> Path:
        return self.folder / f"{cycle:06d}.json"

    def _write_record(self, cycle: int, record: Record) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._file_of_cycle(cycle), json.dumps(record, indent=1).encode())
