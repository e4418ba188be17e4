"""Data sets made of text files, one row a line."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

from streaming.datasets.dataset import BadLine, DraftEvent, Reading, SourceFile, by_time
from streaming.errors import CodecError


class LineSource(SourceFile, Protocol):
    """A source whose rows are lines."""

    describes: ClassVar[str | None]

    def is_header(self, first_line: bytes) -> bool:
        """Whether the first line of the file names its columns."""
        ...


class TextDataset:
    """A form whose files are text: a subclass names its sources, each after its file."""

    sources: ClassVar[Sequence[LineSource]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def file_names(cls) -> list[str]:
        """The files of this form; one of them is enough."""
        return [_file_name(source) for source in cls.sources]

    def files(self) -> list[Path]:
        """As in `Dataset`."""
        return [path for name in self.file_names() if (path := self.folder / name).is_file()]

    def read(self) -> Reading:
        """As in `Dataset`."""
        reading = Reading([], [], [])
        for source in self.sources:
            path = self.folder / _file_name(source)
            if path.is_file():
                drafts = reading.descriptions if source.describes else reading.happenings
                read_lines(source, path.read_bytes(), drafts, reading.bad)
        return Reading(by_time(reading.descriptions), by_time(reading.happenings), reading.bad)


def read_lines(source: LineSource, content: bytes, drafts: list[DraftEvent], bad: list[BadLine]) -> None:
    """Append each line of `content` that is neither blank nor a header to either `drafts` or `bad`."""
    draft = source.draft
    for number, raw in _lines(source, content):
        try:
            drafts.append(draft(raw, number))
        except CodecError as error:
            bad.append(BadLine(f"{source.loader}#L{number}", raw, str(error)))


def _lines(source: LineSource, content: bytes) -> Iterator[tuple[int, bytes]]:
    """Lines end in LF or CRLF, never elsewhere: other breaks may be part of broken bytes."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        raw = line.removesuffix(b"\r")
        if raw.strip() and not (number == 1 and source.is_header(raw)):
            yield number, raw


def _file_name(source: SourceFile) -> str:
    return source.loader.rpartition("/")[2]
