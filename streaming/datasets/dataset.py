"""The one interface of all data sets.

Reading is cheap and building is not: a row is first checked and kept as a DraftEvent (sortable by time, half a
million in two seconds), and becomes an event only when somebody sends it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256
from operator import attrgetter
from pathlib import Path
from typing import ClassVar, NamedTuple

from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Event, FilmDescribed, derive_id
from streaming.schema.identity import Pseudonymise

Fields = tuple[object, ...]

_EPOCH = date(1970, 1, 1).toordinal()


class DraftEvent(NamedTuple):
    """A checked row, from which an event can be built.

    `occurred_at` in UTC milliseconds, `line` from 1. The first of `fields` is its owner (a raw viewer id
    or a film id): rows that agree in it get the same Kafka key.
    """

    occurred_at: int
    line: int
    source: "SourceFile"
    fields: Fields

    @property
    def origin(self) -> str:
        """`dataset/file#Lline`: the event's CloudEvents source."""
        return f"{self.source.loader}#L{self.line}"

    def event(self, pseudonymise: Pseudonymise) -> Event:
        """The event, its id derived from what the row says and its viewer's pseudonym."""
        return self.source.event(self, pseudonymise)


class BadLine(NamedTuple):
    """A row that is no event: its place, its bytes, and the reason.

    `error` quotes nothing that may be a raw viewer id.
    """

    origin: str
    raw: bytes
    error: str

    @property
    def loader(self) -> str:
        """The name of the source that could not read it, and may one day."""
        return self.origin.rpartition("#")[0]


class SourceFile(ABC):
    """One kind of row in one file of a data set; `loader` is `dataset/file`, independent of the folder's place."""

    loader: str

    @property
    def file_name(self) -> str:
        """The file in the folder of a data set."""
        return self.loader.rpartition("/")[2]

    @abstractmethod
    def draft(self, raw: bytes, line: int) -> DraftEvent:
        """Check one row.

        Raises:
            CodecError: the row is no event; the message quotes nothing that may be a raw viewer id.
        """

    @abstractmethod
    def event(self, draft: DraftEvent, pseudonymise: Pseudonymise) -> Event:
        """Build the event of a draft that this source made."""


class Reading(NamedTuple):
    """All rows of a data set: descriptions of films and viewers, and what happened, each by time (then by line)."""

    descriptions: list[DraftEvent]
    happenings: list[DraftEvent]
    bad: list[BadLine]


class Dataset(ABC):
    """A folder of a known form, which has the files of `sources`; one of them is enough."""

    sources: ClassVar[Sequence[SourceFile]]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def file_names(cls) -> list[str]:
        """The files of this form."""
        return [source.file_name for source in cls.sources]

    def files(self) -> list[Path]:
        """The paths of the files that it reads, in a fixed order; those of the form that are missing are left out."""
        return [path for name in self.file_names() if (path := self.folder / name).is_file()]

    @abstractmethod
    def read(self) -> Reading:
        """Read and check every row of every file; writes and sends nothing.

        Raises:
            DatasetError: a file as a whole cannot be read.
        """


def described(draft: DraftEvent, names: Sequence[str]) -> FilmDescribed:
    """Build the FilmDescribed event of a draft whose fields are these of the model."""
    return FilmDescribed.model_validate(
        {
            "event_id": derive_id(FilmDescribed.type, draft.occurred_at, *draft.fields),
            "occurred_at": draft.occurred_at,
            **dict(zip(names, draft.fields, strict=True)),
        }
    )


def midnight(day: date) -> int:
    """The first moment of a day, in UTC milliseconds."""
    return (day.toordinal() - _EPOCH) * DAY_MS


def by_time(drafts: Iterable[DraftEvent]) -> list[DraftEvent]:
    """Sorted by time; rows of one moment stay in the order in which they came."""
    return sorted(drafts, key=attrgetter("occurred_at"))


def fingerprint(datasets: Iterable[Dataset]) -> str:
    """Read all files and return the SHA-256 of their names and contents, wherever the folders stand."""
    digest = sha256()
    for name, content in sorted(_hash_files(datasets)):
        digest.update(f"{name}\x1f{content}\n".encode())
    return digest.hexdigest()


def _hash_files(datasets: Iterable[Dataset]) -> list[tuple[str, str]]:
    return [(path.name, sha256(path.read_bytes()).hexdigest()) for each in datasets for path in each.files()]
