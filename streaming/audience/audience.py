"""An audience that is simulated week by week, and keeps in a folder what it has watched."""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np

from streaming.audience.clock import ends
from streaming.audience.event_stream import events_of, opening
from streaming.audience.numeric import Floats
from streaming.audience.pseudonyms import Pseudonym
from streaming.audience.script_reading import liking
from streaming.audience.slate_frames import shown_slates
from streaming.audience.truth import Truth, truth_of
from streaming.audience.week_state import WeekState
from streaming.audience.week_store import WeekRecord, WeekStore
from streaming.audience.world import World
from streaming.errors import EndOfTime
from streaming.schema.events import Campaign, Play, Read, Script, Slate, SourcedEvent, Trailer, ViewingEvent


class Audience:
    """A world's viewers with their memory, a file a week below `folder`.

    A week's events depend on its slates, campaigns and scripts, and on the weeks stored before it: a week that was
    interrupted is simulated again with the very same events, whether it had been stored or not.
    """

    def __init__(self, world: World, folder: Path, pseudonym: Pseudonym) -> None:
        self.world = world
        self._pseudonym = pseudonym
        self._store = WeekStore(folder, world)

    def opening(self) -> list[SourcedEvent]:
        """All events before week 1, in time order; stores nothing."""
        return list(opening(self.world, self._pseudonym))

    def live(
        self,
        week: int,
        slates: Mapping[str, Slate],
        limit: int | None = None,
        campaigns: Sequence[Campaign] = (),
        scripts: Sequence[Script] = (),
    ) -> list[SourcedEvent]:
        """The events of a week in time order; writes the week's file: what was watched, seen and read, and the truth.

        `limit` is the UTC millisecond after which no event may occur.

        Raises:
            AudienceError: the week is before the first.
            EndOfTime: the week does not end by the limit.
            WeekStoreError: an earlier week is missing, torn, or of another world.
        """
        if limit is not None and ends(week) > limit:
            raise EndOfTime(
                f"week {week} ends at {ends(week)} ms, after the limit of {limit} ms; "
                "the audience has no further week: start another one in another state folder"
            )
        watched, trailers, read = (self._store.before(week, kind) for kind in ("watched", "trailers", "scripts"))
        state = WeekState(self.world, week, watched, self._pseudonym, trailers)
        shown = shown_slates(state, slates)
        told = list(events_of(state, shown, campaigns, scripts, read))
        # What they began to watch is what they need not be offered again.
        played, seen = _field_by_viewer(told, Play, "film_id"), _field_by_viewer(told, Trailer, "film_id")
        self._store.write(
            WeekRecord(week, played, truth_of(state, shown), seen, _field_by_viewer(told, Read, "script_id"))
        )
        return told

    def liking(self, week: int, texts: Sequence[str], viewers: Collection[str]) -> Floats:
        """How much scripts would be liked in a week, (texts,), in standard deviations of taste: no whim, no sampling.

        It is the mean over those of `viewers` (by pseudonym) who are there, NaN where nobody is.

        Raises:
            AudienceError: the week is before the first.
        """
        state = WeekState(self.world, week, {}, self._pseudonym)
        rows = [state.viewer_row[viewer] for viewer in viewers if viewer in state.viewer_row]
        return liking(self.world, week, texts)[rows].mean(axis=0) if rows else np.full(len(texts), np.nan)

    def truth(self, week: int) -> Truth:
        """Read from the files what the slates of a stored week were truly worth.

        Raises:
            WeekStoreError: the week is missing, torn, or of another world.
        """
        return self._store.read(week).truth

    def weeks(self) -> list[int]:
        """The weeks that have a file in the folder, in order."""
        return self._store.weeks()


def _field_by_viewer(told: list[SourcedEvent], kind: type[ViewingEvent], name: str) -> dict[str, list[str]]:
    """What each viewer's events of a kind have as the field of that name, sorted."""
    found = sorted({(event.viewer_id, getattr(event, name)) for event, _ in told if isinstance(event, kind)})
    return {viewer: [each for _, each in own] for viewer, own in groupby(found, itemgetter(0))}
