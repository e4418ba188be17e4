"""The simulated audience's hidden taste, for reports alone: the true value of slates and the true liking of scripts."""

from collections.abc import Collection, Sequence
from math import isnan

from pipelines.platform import state_source
from pipelines.platform.state import State
from streaming.audience.audience import Audience
from streaming.audience.pseudonyms import pseudonym_of
from streaming.audience.truth import Truth
from streaming.audience.world import World

__all__ = ["Truth", "audience", "liking", "newest_week", "truths"]


def audience(state: State, seed: int) -> Audience:
    """The simulated audience of a seed, whose memory lies in the state folder."""
    return Audience(World(seed), state.audience, pseudonym_of(seed))


def truths(state: State) -> dict[int, Truth]:
    """Read the state folder for the truth of each week lived so far; none where real data speaks."""
    people = _read_simulated_audience(state)
    return {week: people.truth(week) for week in people.weeks()} if people else {}


def newest_week(state: State) -> int | None:
    """Read the state folder for the last week lived; None where real data speaks, or nothing was lived yet."""
    people = _read_simulated_audience(state)
    return max(people.weeks(), default=None) if people else None


def liking(state: State, week: int, texts: Sequence[str], viewers: Collection[str]) -> list[float | None]:
    """Read the state folder for how scripts would be liked in a week (≥ 1): mean over `viewers`, in SDs of taste.

    None for each where real data speaks, or where none of the viewers was there. Cycle n's scripts are read in week n.
    """
    people = _read_simulated_audience(state)
    if people is None:
        return [None] * len(texts)
    return [None if isnan(value) else float(value) for value in people.liking(week, texts, viewers)]


def _read_simulated_audience(state: State) -> Audience | None:
    """The audience by the seed that the state folder notes, its weeks not yet read; None where real data speaks."""
    known = state_source.read(state)
    return None if known is None or known.seed is None else audience(state, known.seed)
