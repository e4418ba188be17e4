"""The histories of all viewers: from the lake, and from the topic since."""

from enum import Enum
from threading import Lock

from streaming.schema.bounds import broken_rule
from streaming.schema.events import ViewingEvent
from streaming.serving.histories.lake_histories import LakeHistories
from streaming.serving.histories.viewer_history import NEWCOMER, History, ViewerKnowledge

Place = tuple[int, int]
"""Partition and offset."""


class IngestOutcome(Enum):
    """Whether an event was taken into its viewer's history."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REFUSED = "refused"  # the lake will quarantine it


class ViewerHistories:
    """Histories that one thread changes and others read; `revision` takes no lock.

    Events of the topic are held in memory until `rebase` is given a newer state of the lake, by any thread.
    """

    def __init__(self, past: LakeHistories) -> None:
        self._past = past
        self._live: dict[str, History] = {}
        self._latest: dict[str, Place] = {}  # newest event of each viewer of `_live`
        self._held_at: dict[str, Place] = {}
        self._changes = 0
        self._revisions: tuple[int, dict[str, int]] = (0, {})  # of all other viewers, and of those who have changed
        self._lock = Lock()

    def ingest(self, event: ViewingEvent, appended_at: int, place: Place) -> IngestOutcome:
        """Take an event into its viewer's history in memory, and say whether it was accepted, a duplicate, or refused.

        `appended_at` is the broker's time (UTC ms); refused is what breaks a bound of `streaming/schema/bounds.py`.


        An event of an undescribed film, which waits in the lake's quarantine, is taken in at once, and affects slates
        as soon as the catalogue has the film.
        """
        if broken_rule(event, appended_at):
            return IngestOutcome.REFUSED
        with self._lock:
            if event.event_id in self._held_at or self._past.holds(event.event_id):
                return IngestOutcome.DUPLICATE
            self._held_at[event.event_id] = self._latest[event.viewer_id] = place
            history = self._live.get(event.viewer_id)
            if history is None:
                self._live[event.viewer_id] = history = self._past.history(event.viewer_id) or History()
            if history.add(event):
                self._changes += 1
                self._revisions[1][event.viewer_id] = self._changes
        return IngestOutcome.ACCEPTED

    def rebase(self, past: LakeHistories) -> None:
        """Replace the lake's histories by newer ones and drop the events that these include, all in memory.

        A viewer's events are all in one partition, so a live history with one event beyond the lake has all before it.
        """
        with self._lock:
            if any(past.offsets.get(partition, 0) < offset for partition, offset in self._past.offsets.items()):
                return
            self._past = past
            self._held_at = {event: place for event, place in self._held_at.items() if _is_beyond_lake(place, past)}
            self._latest = {viewer: place for viewer, place in self._latest.items() if _is_beyond_lake(place, past)}
            self._live = {viewer: history for viewer, history in self._live.items() if viewer in self._latest}
            self._changes += 1
            self._revisions = (self._changes, {})

    @property
    def held(self) -> int:
        """How many events are held because the lake does not have them."""
        return len(self._held_at)

    def revision(self, viewer: str) -> int:
        """A number that grows whenever the viewer's history has changed, or may have."""
        everybody, changed = self._revisions
        return changed.get(viewer, everybody)

    def snapshot(self, viewer: str) -> ViewerKnowledge:
        """The viewer's history now; `NEWCOMER` for an unknown viewer."""
        with self._lock:
            history = self._live.get(viewer) or self._past.history(viewer)
            return history.snapshot() if history else NEWCOMER

    def profile(self, viewer: str) -> tuple[ViewerKnowledge, dict[str, int], int | None, int | None]:
        """The history, events by kind, and the first and last time seen (UTC milliseconds), for the profile."""
        with self._lock:
            history = self._live.get(viewer) or self._past.history(viewer) or History()
            return history.snapshot(), dict(history.counts), history.first_seen, history.last_seen


def _is_beyond_lake(place: Place, past: LakeHistories) -> bool:
    partition, offset = place
    return offset >= past.offsets.get(partition, 0)
