"""All viewers: the lake's past, and what the topic has told since."""

from enum import Enum
from threading import Lock

from streaming.events import ViewingEvent
from streaming.serving.admission import admissible
from streaming.serving.history import NEWCOMER, History, Known
from streaming.serving.past import Past


class Told(Enum):
    """What became of an event."""

    TAKEN_IN = "taken in"
    DOUBLE = "double"
    REFUSED = "refused"  # the lake will quarantine it


class Viewers:
    """Histories that one thread changes and others read. `revision` costs a reader no lock."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._live: dict[str, History] = {}
        self._revisions: dict[str, int] = {}
        self._told: set[str] = set()
        self._lock = Lock()

    def tell(self, event: ViewingEvent, appended_at: int) -> Told:
        """Take an event in, once, whatever comes how often; `appended_at` is the broker's time (UTC milliseconds)."""
        if not admissible(event, appended_at):
            return Told.REFUSED
        if event.event_id in self._told or self._past.holds(event.event_id):
            return Told.DOUBLE
        self._told.add(event.event_id)
        with self._lock:
            history = self._live.get(event.viewer_id)
            if history is None:
                self._live[event.viewer_id] = history = self._past.history(event.viewer_id) or History()
            if history.tell(event):
                self._revisions[event.viewer_id] = self._revisions.get(event.viewer_id, 0) + 1
        return Told.TAKEN_IN

    def revision(self, viewer: str) -> int:
        """Grows whenever the viewer's history changes; 0 while it is the lake's, or empty."""
        return self._revisions.get(viewer, 0)

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
