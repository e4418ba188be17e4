"""All viewers: the lake's past, and what the topic has told since."""

from enum import Enum
from threading import Lock

from streaming.schema.bounds import broken_rule
from streaming.schema.events import ViewingEvent
from streaming.serving.histories.history import NEWCOMER, History, Known
from streaming.serving.histories.past import Past

Place = tuple[int, int]
"""Partition and offset."""


class Told(Enum):
    """What became of an event."""

    TAKEN_IN = "taken in"
    DOUBLE = "double"
    REFUSED = "refused"  # the lake will quarantine it


class Viewers:
    """Histories that one thread changes and others read. `revision` costs a reader no lock.

    What the topic has told is held until a newer past has it: by `resume`, which another thread may call.
    """

    def __init__(self, past: Past) -> None:
        self._past = past
        self._live: dict[str, History] = {}
        self._latest: dict[str, Place] = {}  # of the events told of each viewer of `_live`
        self._told: dict[str, Place] = {}
        self._changes = 0
        self._revisions: tuple[int, dict[str, int]] = (0, {})  # of everybody else, and of who has changed
        self._lock = Lock()

    def tell(self, event: ViewingEvent, appended_at: int, place: Place) -> Told:
        """Take an event in, once, whatever comes how often; `appended_at` is the broker's time (UTC milliseconds).

        One of a film that nobody has described, which waits in the lake's quarantine, is taken in at once, and counts
        in slates from when the catalogue has the film.
        """
        if broken_rule(event, appended_at):
            return Told.REFUSED
        with self._lock:
            if event.event_id in self._told or self._past.holds(event.event_id):
                return Told.DOUBLE
            self._told[event.event_id] = self._latest[event.viewer_id] = place
            history = self._live.get(event.viewer_id)
            if history is None:
                self._live[event.viewer_id] = history = self._past.history(event.viewer_id) or History()
            if history.tell(event):
                self._changes += 1
                self._revisions[1][event.viewer_id] = self._changes
        return Told.TAKEN_IN

    def resume(self, past: Past) -> None:
        """Go on from a newer past, and forget what it has; one that lacks what the last had is not taken.

        A viewer's events stand in one partition, so who has been told of one beyond the past has all before it.
        """
        with self._lock:
            if any(past.offsets.get(partition, 0) < offset for partition, offset in self._past.offsets.items()):
                return
            self._past = past
            self._told = {event: place for event, place in self._told.items() if _beyond(place, past)}
            self._latest = {viewer: place for viewer, place in self._latest.items() if _beyond(place, past)}
            self._live = {viewer: history for viewer, history in self._live.items() if viewer in self._latest}
            self._changes += 1
            self._revisions = (self._changes, {})

    @property
    def held(self) -> int:
        """How many events are held because the past does not have them."""
        return len(self._told)

    def revision(self, viewer: str) -> int:
        """Another number, and a greater one, whenever the viewer's history has changed or may have."""
        everybody, changed = self._revisions
        return changed.get(viewer, everybody)

    def known(self, viewer: str) -> Known:
        """The viewer's history as it is now; the newcomer's for somebody unknown."""
        with self._lock:
            history = self._live.get(viewer) or self._past.history(viewer)
            return history.known() if history else NEWCOMER

    def account(self, viewer: str) -> tuple[Known, dict[str, int], int | None, int | None]:
        """The history, events by kind, and the first and last time seen (UTC milliseconds), for the profile."""
        with self._lock:
            history = self._live.get(viewer) or self._past.history(viewer) or History()
            return history.known(), dict(history.counts), history.first_seen, history.last_seen


def _beyond(place: Place, past: Past) -> bool:
    partition, offset = place
    return offset >= past.offsets.get(partition, 0)
