"""Where a script is to be written, made ready before the work, so that none is done in vain."""

from pathlib import Path

from pipelines.platform.errors import BadScript


def made_ready(out: Path) -> Path:
    """The place, with the folders above it.

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
