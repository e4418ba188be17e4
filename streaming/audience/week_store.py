"""The audience's memory: a file a week, with what was watched, trailers seen, scripts read, and the slates' truth."""

import gzip
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from streaming.audience.errors import WeekStoreError
from streaming.audience.truth import Truth
from streaming.audience.world import World


@dataclass(frozen=True)
class WeekRecord:
    """One week: the films that each viewer (by pseudonym) watched, or saw a trailer of, and the scripts that they read.

    `truth` is that of its slates.
    """

    week: int
    watched: Mapping[str, frozenset[str]]
    truth: Truth
    trailers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scripts: Mapping[str, frozenset[str]] = field(default_factory=dict)


class WeekStore:
    """The weeks of one world below `folder`, which the first write makes."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._world = asdict(world)

    def weeks(self) -> list[int]:
        """The weeks stored, in order."""
        return sorted(int(path.name.split("-")[1].split(".")[0]) for path in self._folder.glob("week-*.json.gz"))

    def watched_before(self, week: int) -> dict[str, set[str]]:
        """All that each viewer has watched in the weeks before.

        Raises:
            WeekStoreError: an earlier week is missing, torn, or of another world.
        """
        return _joined(self.read(earlier).watched for earlier in range(1, week))

    def scripts_before(self, week: int) -> dict[str, set[str]]:
        """All scripts that each viewer has read in the weeks before.

        Raises:
            WeekStoreError: an earlier week is missing, torn, or of another world.
        """
        return _joined(self.read(earlier).scripts for earlier in range(1, week))

    def trailers_before(self, week: int) -> dict[str, dict[str, int]]:
        """Viewer → film_id → the last of the weeks before in which they saw its trailer.

        Raises:
            WeekStoreError: an earlier week is missing, torn, or of another world.
        """
        seen: dict[str, dict[str, int]] = {}
        for earlier in range(1, week):
            for viewer, films in self.read(earlier).trailers.items():
                seen.setdefault(viewer, {}).update(dict.fromkeys(films, earlier))
        return seen

    def read(self, week: int) -> WeekRecord:
        """The record of a week.

        Raises:
            WeekStoreError: it is missing, torn, or of another world.
        """
        path = self._path(week)
        try:
            page = json.loads(gzip.decompress(path.read_bytes()))
        except FileNotFoundError as error:
            raise WeekStoreError(f"{path} is missing; live week {week} before you ask for it") from error
        except (OSError, EOFError, ValueError) as error:
            raise WeekStoreError(f"{path} is torn ({error}); delete it and live week {week} again") from error
        if page["world"] != self._world:
            raise WeekStoreError(
                f"{path} was lived by {page['world']}, and this world is {self._world}; "
                "give each world a state folder of its own"
            )
        # Files written before there were trailers, or scripts, have none.
        watched, trailers, scripts = (
            {viewer: frozenset(some) for viewer, some in page.get(kind, {}).items()}
            for kind in ("watched", "trailers", "scripts")
        )
        return WeekRecord(week, watched, Truth(**page["truth"]), trailers, scripts)

    def write(self, page: WeekRecord) -> None:
        """Write a week's file as a whole; writing it again changes nothing."""
        body = {
            "world": self._world,
            "watched": _plain(page.watched),
            "trailers": _plain(page.trailers),
            "scripts": _plain(page.scripts),
            "truth": asdict(page.truth),
        }
        path = self._path(page.week)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        with draft.open("wb") as file:
            file.write(gzip.compress(json.dumps(body).encode(), mtime=0))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _path(self, week: int) -> Path:
        return self._folder / f"week-{week:05d}.json.gz"


def _joined(pages: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, set[str]]:
    """All that the pages have of each viewer."""
    found: dict[str, set[str]] = {}
    for page in pages:
        for viewer, some in page.items():
            found.setdefault(viewer, set()).update(some)
    return found


def _plain(some: Mapping[str, frozenset[str]]) -> dict[str, list[str]]:
    return {viewer: sorted(names) for viewer, names in sorted(some.items())}
