"""A script's file, read with a word on what is wrong with it."""

from pathlib import Path

from models.base.errors import BrokenScript
from models.screenplay.reading import Script, read
from pipelines.platform.errors import BadScript

LARGEST = 2_000_000  # bytes: some eight feature films
_FOUNTAIN = "save the script as Fountain in plain text"


def read_script(path: Path) -> Script:
    """The script of a Fountain file.

    Raises:
        BadScript: there is no such file, it is empty, too large, binary or not UTF-8, or its structure is broken.
    """
    try:
        return read(read_text(path))
    except BrokenScript as error:
        raise BadScript(f"{path}: {error}") from error


def read_text(path: Path) -> str:
    """The text of a file.

    Raises:
        BadScript: there is no such file, or it is empty, too large, binary or not UTF-8.
    """
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
