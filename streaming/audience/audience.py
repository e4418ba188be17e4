"""An audience that lives through its weeks and remembers, in a folder, what it has watched."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from streaming.audience.arrays import Floats
from streaming.audience.ledger import Ledger, Page
from streaming.audience.life import Told, check_limit, events_of, opening
from streaming.audience.pseudonyms import Pseudonym
from streaming.audience.reading import liking
from streaming.audience.scene import Scene
from streaming.audience.showing import showing
from streaming.audience.truth import Truth, truth_of
from streaming.audience.world import World
from streaming.schema.events import Campaign, Play, Read, Script, Slate, Trailer, ViewingEvent


class Audience:
    """A world's viewers with their memory: a ledger below `folder`, one file a week.

    What a week tells depends on its slates, campaigns and scripts, and on the ledger of the weeks before it: a week
    that was killed is lived again, and tells the very same events, whether it was written down before or not.
    """

    def __init__(self, world: World, folder: Path, pseudonym: Pseudonym) -> None:
        self.world = world
        self._pseudonym = pseudonym
        self._ledger = Ledger(folder, world)

    def opening(self) -> list[Told]:
        """All that is public before week 1, in time order."""
        return list(opening(self.world, self._pseudonym))

    def live(
        self,
        week: int,
        slates: Mapping[str, Slate],
        limit: int | None = None,
        campaigns: Sequence[Campaign] = (),
        scripts: Sequence[Script] = (),
    ) -> list[Told]:
        """The events of a week in time order; what was watched, seen and read goes into the ledger, and the truth.

        Raises:
            AudienceError: the week is before the first.
            EndOfTime: the week does not end by the limit.
            LedgerError: an earlier week has not been lived, or its page is torn or of another world.
        """
        check_limit(week, limit)
        watched, trailers = self._ledger.watched_before(week), self._ledger.trailers_before(week)
        scene = Scene(self.world, week, watched, self._pseudonym, trailers)
        shown = showing(scene, slates)
        told = list(events_of(scene, shown, campaigns, scripts, self._ledger.scripts_before(week)))
        # What they began to watch is what they need not be offered again.
        played, seen = _by_viewer(told, Play, "film_id"), _by_viewer(told, Trailer, "film_id")
        read = _by_viewer(told, Read, "script_id")
        self._ledger.write(Page(week, played, truth_of(scene, shown), seen, read))
        return told

    def liking(self, week: int, texts: Sequence[str], viewers: Collection[str]) -> Floats:
        """How much scripts would be liked in a week, (texts,), in standard deviations of taste: no whim, no sampling.

        It is the mean over those of `viewers` (by pseudonym) who are there, NaN where nobody is.

        Raises:
            AudienceError: the week is before the first.
        """
        scene = Scene(self.world, week, {}, self._pseudonym)
        rows = [scene.viewer_row[viewer] for viewer in viewers if viewer in scene.viewer_row]
        return liking(self.world, week, texts)[rows].mean(axis=0) if rows else np.full(len(texts), np.nan)

    def truth(self, week: int) -> Truth:
        """What the slates of a lived week were truly worth.

        Raises:
            LedgerError: the week has not been lived, or its page is torn or of another world.
        """
        return self._ledger.read(week).truth

    def weeks(self) -> list[int]:
        """The weeks that have been lived, in order."""
        return self._ledger.weeks()


def _by_viewer(told: list[Told], kind: type[ViewingEvent], name: str) -> dict[str, frozenset[str]]:
    """What each viewer's events of a kind have as the field of that name."""
    found: dict[str, set[str]] = {}
    for event, _ in told:
        if isinstance(event, kind):
            found.setdefault(event.viewer_id, set()).add(getattr(event, name))
    return {viewer: frozenset(some) for viewer, some in found.items()}
