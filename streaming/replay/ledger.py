"""What has been replayed: `replay.json` in the state folder, so that finished data is not sent again."""

import json
from pathlib import Path
from typing import NamedTuple

from streaming.atomic_files import write_whole
from streaming.errors import StreamingError


class Window(NamedTuple):
    """One of several parts of equal numbers of events: the `number`-th, from 1, `of` so many."""

    number: int
    of: int


class ReplayCounts(NamedTuple):
    """How many events and dead letters Kafka acknowledged."""

    produced: int
    dead_lettered: int


class ReplayLedger:
    """Which windows of which data reached which cluster: replay → window ("1/3") → what was sent.

    A replay is named by its cluster and the fingerprint of its data. A window is entered only when all of it
    is acknowledged, so a killed replay is resumed at the window that it was in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def done(self, replay: str, window: Window) -> bool:
        """Whether the file says that this window, or all of the data in whatever windows, has been sent."""
        windows = self._read_entries().get(replay, {})
        return _window_name(window) in windows or any(
            _all_parts_sent(windows, parts) for parts in _window_counts(windows)
        )

    def enter(self, replay: str, window: Window, counts: ReplayCounts) -> None:
        """Write to the file that a window has been sent; it is replaced as a whole."""
        entries = self._read_entries()
        entries.setdefault(replay, {})[_window_name(window)] = counts._asdict()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps(entries, indent=1).encode(), durable=True)

    def _read_entries(self) -> dict[str, dict[str, dict[str, int]]]:
        if not self._path.exists():
            return {}
        try:
            return dict(json.loads(self._path.read_text()))
        except ValueError as error:
            raise StreamingError(
                f"{self._path} is no JSON ({error}). Delete it: data is then sent again, which adds nothing"
            ) from error


def _window_name(window: Window) -> str:
    return f"{window.number}/{window.of}"


def _window_counts(windows: dict[str, dict[str, int]]) -> set[int]:
    """Into how many windows the data was cut, for each way in which some were sent."""
    return {int(name.partition("/")[2]) for name in windows}


def _all_parts_sent(windows: dict[str, dict[str, int]], parts: int) -> bool:
    return all(_window_name(Window(number, parts)) in windows for number in range(1, parts + 1))
