"""The audience's memory: a file a week, with what was watched, trailers seen, scripts read, and the slates' truth."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from streaming.atomic_files import write_whole
from streaming.audience.truth import Truth
from streaming.audience.world import World
from streaming.errors import WeekStoreError


@dataclass(frozen=True)
class WeekRecord:
    """One week: the films that each viewer (by pseudonym) watched, or saw a trailer of, and the scripts that they read.

    `truth` is that of its slates.
    """

    week: int
    watched: Mapping[str, Sequence[str]]
    truth: Truth
    trailers: Mapping[str, Sequence[str]] = field(default_factory=dict)  # files of before there were any have none
    scripts: Mapping[str, Sequence[str]] = field(default_factory=dict)


class WeekStore:
    """The weeks of one world below `folder`, which the first write makes."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._world = asdict(world)

    def weeks(self) -> list[int]:
        """The weeks that have a file in the folder, in order."""
        return sorted(int(path.name.split("-")[1].split(".")[0]) for path in self._folder.glob("week-*.json.gz"))

    def before(self, week: int, kind: Literal["watched", "trailers", "scripts"]) -> dict[str, dict[str, int]]:
        """Read from the files what each viewer has watched, seen or read before a week: name → last such week.

        Raises:
            WeekStoreError: an earlier week is missing, torn, or of another world.
        """
        found: dict[str, dict[str, int]] = {}
        for earlier in range(1, week):
            for viewer, names in getattr(self.read(earlier), kind).items():
                found.setdefault(viewer, {}).update(dict.fromkeys(names, earlier))
        return found

    def read(self, week: int) -> WeekRecord:
        """Read a week's file.

        Raises:
            WeekStoreError: it is missing, torn, or of another world.
        """
        path = self._week_file(week)
        try:
            page = json.loads(gzip.decompress(path.read_bytes()))
        except FileNotFoundError as error:
            raise WeekStoreError(f"{path} is missing; live week {week} before you ask for it") from error
        except (OSError, EOFError, ValueError) as error:
            raise WeekStoreError(f"{path} is torn ({error}); delete it and live week {week} again") from error
        if (world := page.pop("world")) != self._world:
            raise WeekStoreError(
                f"{path} was lived by {world}, and this world is {self._world}; give each world a state folder of its "
                "own"
            )
        return WeekRecord(**{**page, "truth": Truth(**page["truth"])})

    def write(self, page: WeekRecord) -> None:
        """Write a week's file as a whole; writing it again changes nothing."""
        path = self._week_file(page.week)
        path.parent.mkdir(parents=True, exist_ok=True)
        body = json.dumps({"world": self._world, **asdict(page)}).encode()
        write_whole(path, gzip.compress(body, mtime=0), durable=True)

    def _week_file(self, week: int) -> Path:
        return self._folder / f"week-{week:05d}.json.gz"
