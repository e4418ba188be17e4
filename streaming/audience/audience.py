"""An audience that lives through its weeks and remembers, in a folder, what it has watched."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from streaming.audience.ledger import Ledger, Page
from streaming.audience.life import Told, check_limit, events_of, opening
from streaming.audience.scene import Pseudonym, Scene
from streaming.audience.showing import showing
from streaming.audience.truth import Truth, truth_of
from streaming.audience.world import World
from streaming.events import Campaign, Play, Slate, Trailer, ViewingEvent


class Audience:
    """A world's viewers with their memory: a ledger below `folder`, one file a week.

    What a week tells depends on its slates, its campaigns and the ledger of the weeks before it: a week that was killed
    is lived again, and tells the very same events, whether it was written down before or not.
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
    ) -> list[Told]:
        """The events of a week in time order; what was watched, trailers, and the week's truth go into the ledger.

        Raises:
            AudienceError: the week is before the first.
            EndOfTime: the week does not end by the limit.
            LedgerError: an earlier week has not been lived, or its page is torn or of another world.
        """
        check_limit(week, limit)
        watched, trailers = self._ledger.watched_before(week), self._ledger.trailers_before(week)
        scene = Scene(self.world, week, watched, self._pseudonym, trailers)
        shown = showing(scene, slates)
        told = list(events_of(scene, shown, campaigns))
        # What they began to watch is what they need not be offered again.
        self._ledger.write(Page(week, _films_of(Play, told), truth_of(scene, shown), _films_of(Trailer, told)))
        return told

    def truth(self, week: int) -> Truth:
        """What the slates of a lived week were truly worth.

        Raises:
            LedgerError: the week has not been lived, or its page is torn or of another world.
        """
        return self._ledger.read(week).truth

    def weeks(self) -> list[int]:
        """The weeks that have been lived, in order."""
        return self._ledger.weeks()


def _films_of(kind: type[ViewingEvent], told: list[Told]) -> dict[str, frozenset[str]]:
    """The films of each viewer's events of a kind."""
    films: dict[str, set[str]] = {}
    for event, _ in told:
        if isinstance(event, kind) and event.film_id is not None:
            films.setdefault(event.viewer_id, set()).add(event.film_id)
    return {viewer: frozenset(some) for viewer, some in films.items()}
