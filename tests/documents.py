"""What the README and the pages of docs/ tell a reader to type: their code blocks, and the commands in them."""

import re
import shlex
from pathlib import Path

from tests.commands import REPOSITORY

_BLOCK = re.compile(r"(?P<marked><!-- not run: [^>]+ -->\n)?```(?P<language>\w+)\n(?P<text>.*?)```", flags=re.DOTALL)


def pages() -> list[Path]:
    """All documents, the README first."""
    return [
        REPOSITORY / "README.md",
        *sorted(REPOSITORY.glob("[B-QS-Z]*.md")),
        *sorted(REPOSITORY.glob("docs/**/*.md")),
    ]


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language, without those that are marked `<!-- not run: why -->`."""
    found = _BLOCK.finditer(page.read_text())
    return [block["text"] for block in found if block["language"] == language and not block["marked"]]


def verbs(page: Path) -> list[list[str]]:
    """The words after `cineloop` in the lines of a page's shell blocks."""
    lines = [line for block in blocks(page, "bash") for line in block.splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith(".venv/bin/cineloop")]
