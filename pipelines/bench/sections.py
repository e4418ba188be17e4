"""The file of figures: a section a part, sorted by name."""

import re
from pathlib import Path

from streaming.atomic_files import write_whole

_HEAD = """# Benchmarks

Rates on a shared machine drift; the ratio is to a yardstick of the same run. Each part names the command that made it.
"""
_SECTION = re.compile(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", flags=re.MULTILINE | re.DOTALL)


def keep(out: Path, part: str, text: str) -> None:
    """Put a part's section into the file, in place of what it said of that part before; all others stay as they are."""
    sections = dict(_SECTION.findall(out.read_text() if out.exists() else ""))
    sections[part] = text
    told = (f"## {name}\n\n{sections[name].strip()}\n" for name in sorted(sections))
    write_whole(out, "\n".join((_HEAD, *told)).encode())
