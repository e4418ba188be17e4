"""Files of screenplays: Fountain that is read, and Final Draft's XML, web pages and print that are written."""

import io
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from models.base.errors import BrokenScript
from models.screenplay.reading import Script, read
from pipelines.platform.errors import BadScript
from streaming.atomic_files import write_whole

LARGEST = 2_000_000  # bytes: some eight feature films
_FOUNTAIN = "save the script as Fountain in plain text"


def read_script(path: Path) -> Script:
    """Read and parse a Fountain file; raises BadScript where it cannot be read as text, or its structure is broken."""
    try:
        return read(read_text(path))
    except BrokenScript as error:
        raise BadScript(f"{path}: {error}") from error


def read_text(path: Path) -> str:
    """Read a text file; raises BadScript where it is missing, empty, too large, binary or not UTF-8."""
    if not path.is_file():
        raise BadScript(f"{path} is {'a folder' if path.is_dir() else 'not there'}: name a Fountain file")
    size = path.stat().st_size
    if size > LARGEST:
        raise BadScript(
            f"{path} has {size:,} bytes and a script at most {LARGEST:,}: name a single script, without attachments"
        )
    content = path.read_bytes()
    if b"\0" in content:
        raise BadScript(f"{path} is binary (a zero byte at {content.index(0):,}): {_FOUNTAIN}")
    if not content.removeprefix(b"\xef\xbb\xbf").strip():
        raise BadScript(f"{path} is empty: write a scene heading at least, such as INT. KITCHEN - DAY")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise BadScript(
            f"{path} is not UTF-8 (byte {content[error.start]:#04x} at {error.start:,}): convert it, for example with "
            f"`iconv -f latin1 -t utf-8`, or {_FOUNTAIN}"
        ) from error


def prepared_output(out: Path) -> Path:
    """Make the folders above an output file, before the work, so that none is done in vain; returns its path.

    Raises:
        BadScript: a folder stands there, or there can be none above it.
    """
    if out.is_dir():
        raise BadScript(f"{out} is a folder: name a file, such as --out {out / 'script.fountain'}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadScript(f"{out.parent} cannot be made ({error.strerror}): name another place with --out") from error
    return out


def export(text: str, out: Path) -> Path:
    """Write Fountain to `out` as its ending says, .fdx, .html or .pdf; makes the folders above it.

    Raises:
        BadScript: there is no format with this ending, or nothing can be written there.
    """
    made = FORMATS.get(out.suffix.lower())
    if made is None:
        raise BadScript(f"{out} has no ending that is known: end it in {', '.join(FORMATS)}")
    return write_whole(prepared_output(out), made(text))


def _exported(module: str, converter: str, buffer: type[io.StringIO] | type[io.BytesIO], text: str) -> bytes:
    """Convert Fountain by a converter of `screenplain.export` into bytes; writes no file."""
    from screenplain.parsers import fountain

    made = buffer()
    getattr(import_module(f"screenplain.export.{module}"), converter)(fountain.parse(io.StringIO(text)), made)
    written = made.getvalue()
    return written if isinstance(written, bytes) else written.encode()


FORMATS: dict[str, Callable[[str], bytes]] = {
    ".fdx": partial(_exported, "fdx", "to_fdx", io.StringIO),
    ".html": partial(_exported, "html", "convert", io.StringIO),
    ".pdf": partial(_exported, "pdf", "to_pdf", io.BytesIO),
}
