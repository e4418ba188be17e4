"""Class archives: where classes were parsed once for all, a Java starts with half of the work.

Java itself checks that an archive was made from the same jars by the same Java, and does without it otherwise.
A torn one crashes it: so an archive gets its name once it is whole.
https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = "classes.jsa"


def using(jars: Path) -> tuple[str, ...]:
    """Java's options to start from the archive of a folder of jars; none where there is no archive."""
    archive = jars / _NAME
    return (f"-XX:SharedArchiveFile={archive}",) if archive.exists() else ()


@contextmanager
def making(jars: Path) -> Iterator[tuple[str, ...]]:
    """Java's options to write the archive of what it loads in the block, at whose end it must have ended.

    Raises:
        FileNotFoundError: it wrote none.
    """
    archive, partial = jars / _NAME, jars / f"{_NAME}.partial"
    archive.unlink(missing_ok=True)
    partial.unlink(missing_ok=True)
    yield (f"-XX:ArchiveClassesAtExit={partial}",)
    partial.rename(archive)
