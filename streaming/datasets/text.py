"""Data sets made of text files, one row a line."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from streaming.datasets.dataset import BadLine, Dataset, DraftEvent, Reading, SourceFile, by_time
from streaming.errors import CodecError


class LineSource(SourceFile):
    """A source whose rows are lines; the first may be a header."""

    describes: ClassVar[bool] = True  # films or viewers; else what happened
    header: ClassVar[bytes | None] = None  # how a line that names the columns begins, in small letters

    def __init__(self, loader: str) -> None:
        self.loader = loader
        self._dataset = loader.partition("/")[0]

    def lines(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """The numbered lines that are neither blank nor a header.

        They end in LF or CRLF, never elsewhere: other breaks may be part of broken bytes.
        """
        for number, line in enumerate(content.split(b"\n"), start=1):
            raw = line.removesuffix(b"\r")
            if raw.strip() and not (number == 1 and self.is_header(raw)):
                yield number, raw

    def is_header(self, line: bytes) -> bool:
        """Whether the first line of the file names its columns."""
        return self.header is not None and line.removeprefix(b"\xef\xbb\xbf").lower().startswith(self.header)


class TextDataset(Dataset):
    """A form whose files are text: a subclass names its sources, each after its file."""

    sources: ClassVar[Sequence[LineSource]]

    def read(self) -> Reading:
        """Read and check every line of every file."""
        reading = Reading([], [], [])
        for source in self.sources:
            path = self.folder / source.file_name
            if path.is_file():
                drafts = reading.descriptions if source.describes else reading.happenings
                read_lines(source, path.read_bytes(), drafts, reading.bad)
        return Reading(by_time(reading.descriptions), by_time(reading.happenings), reading.bad)


def read_lines(source: LineSource, content: bytes, drafts: list[DraftEvent], bad: list[BadLine]) -> None:
    """Append each line of `content` that is neither blank nor a header to either `drafts` or `bad`."""
    draft = source.draft
    for number, raw in source.lines(content):
        try:
            drafts.append(draft(raw, number))
        except CodecError as error:
            bad.append(BadLine(f"{source.loader}#L{number}", raw, str(error)))
