"""A screenplay's file, as anybody may give it."""

from pathlib import Path

from pipelines.errors import BadScript

_MOST = 2_000_000  # bytes: ten long screenplays
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def read_script(path: Path) -> str:
    """The text of a file.

    Raises:
        BadScript: it is missing, empty, too large, no text, or in an encoding other than UTF-8.
    """
    if not path.is_file():
        raise BadScript(f"{path} is no file: give the path of a screenplay in Fountain")
    size = path.stat().st_size
    if size > _MOST:
        raise BadScript(f"{path} has {size:,} bytes, and a screenplay has at most {_MOST:,}: give one screenplay")
    content = path.read_bytes()
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if marked is None and b"\0" in content:
        raise BadScript(f"{path} is no text: give a screenplay in Fountain, a plain text")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        code = marked or "another encoding"
        raise BadScript(f"{path} is in {code} (byte {error.start + 1} is not UTF-8): save it as UTF-8") from error
    if not text.removeprefix("\ufeff").strip():
        raise BadScript(f"{path} is empty: write a scene heading at least, such as INT. KITCHEN - DAY")
    return text
