"""Remembers what a step was made from, so that an unchanged step is not done again."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


def fingerprint(*parts: str | bytes) -> str:
    """One hash of all parts in order."""
    digest = sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8) + content)
    return digest.hexdigest()


@dataclass(frozen=True)
class Stamp:
    """A file that holds the fingerprint of what a finished step was made from."""

    path: Path

    def matches(self, expected: str) -> bool:
        """Whether the step was finished, from the same things."""
        return self.path.exists() and self.path.read_text() == expected

    def write(self, made_from: str) -> None:
        """Say that the step is finished."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(made_from)

    def clear(self) -> None:
        """Have the step done again."""
        self.path.unlink(missing_ok=True)
