"""The audience's hidden truth, for the report alone: what the slates of each week were really worth."""

from pipelines import source
from pipelines.state import State
from streaming.audience.audience import Audience
from streaming.audience.truth import Truth
from streaming.audience.world import World
from streaming.identity import Pseudonymiser, key_from_seed

__all__ = ["Truth", "audience", "truths"]


def audience(state: State, seed: int) -> Audience:
    """The audience of a seed, with its memory in the state folder."""
    return Audience(World(seed), state.audience, Pseudonymiser(key_from_seed(seed)))


def truths(state: State) -> dict[int, Truth]:
    """Week → truth, for the weeks lived so far; none where real data speaks. Cycle n's slates are shown in week n."""
    known = source.read(state)
    if known is None or known.seed is None:
        return {}
    people = audience(state, known.seed)
    return {week: people.truth(week) for week in people.weeks()}
