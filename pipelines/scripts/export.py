"""Screenplays for other programs: Final Draft's XML, a web page, and print."""

import io
from collections.abc import Callable
from pathlib import Path

from pipelines.platform.atomic_files import write_whole
from pipelines.platform.errors import BadScript
from pipelines.scripts.output_path import made_ready


def export(text: str, out: Path) -> Path:
    """Write Fountain as what the ending of `out` says: .fdx, .html or .pdf; folders are made.

    Raises:
        BadScript: there is no format with this ending, or nothing can be written there.
    """
    made = FORMATS.get(out.suffix.lower())
    if made is None:
        raise BadScript(f"{out} has no ending that is known: end it in {', '.join(FORMATS)}")
    return write_whole(made_ready(out), made(text))


def _fdx(text: str) -> bytes:
    from screenplain.export.fdx import to_fdx
    from screenplain.parsers import fountain

    made = io.StringIO()
    to_fdx(fountain.parse(io.StringIO(text)), made)
    return made.getvalue().encode()


def _html(text: str) -> bytes:
    from screenplain.export.html import convert
    from screenplain.parsers import fountain

    made = io.StringIO()
    convert(fountain.parse(io.StringIO(text)), made)
    return made.getvalue().encode()


def _pdf(text: str) -> bytes:
    from screenplain.export.pdf import to_pdf
    from screenplain.parsers import fountain

    made = io.BytesIO()
    to_pdf(fountain.parse(io.StringIO(text)), made)
    return made.getvalue()


FORMATS: dict[str, Callable[[str], bytes]] = {".fdx": _fdx, ".html": _html, ".pdf": _pdf}
