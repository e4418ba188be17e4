"""Which drafts are written for a segment, by its brief and of a random genre, and who is invited to read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from models.base.columns import FILM, GENRES, VIEWER
from models.judging.chosen import Chosen
from models.scripts.asked import Ask, Header, WritingSettings
from pipelines.lake import delta
from pipelines.scripts.writing.drafting import Draft
from pipelines.scripts.writing.scene_setting import tone_of_genres
from streaming.schema.events import Reached, Script, derive_id

SEGMENTS = 3  # a cycle
READERS = 16  # of a draft
HOW = WritingSettings(length=110, temperature=1.1, top_p=0.85, lean=1.0)
SCRIPT = "script_id"
_SEEDS = 2**31

Policy = Literal["briefed", "unbriefed"]


class Wanted(NamedTuple):
    """Whom a pair of drafts is for, and what their brief asks for."""

    segment: str
    header: Header


@dataclass(frozen=True)
class Commission:
    """A draft to be written; `script_id` and seed follow from its segment, policy and cycle."""

    segment: str
    policy: Policy
    header: Header
    script_id: str

    @property
    def seed(self) -> int:
        """The seed of the draft, derived from its script_id."""
        return int(self.script_id, 16) % _SEEDS

    @property
    def ask(self) -> Ask:
        """What the writer is asked for. No draft has a premise: only the header tells the two of a pair apart."""
        return Ask(self.header, seed=self.seed)


def turn(segments: Sequence[str], cycle: int) -> list[str]:
    """The segments whose turn it is: each is drafted for again when all others have been."""
    start = (cycle - 1) * SEGMENTS
    return [segments[(start + place) % len(segments)] for place in range(min(SEGMENTS, len(segments)))]


def everybodys(chosen: Chosen, described: pd.DataFrame, known: Sequence[str]) -> list[Header]:
    """Headers for everybody while nothing is published: a header a genre, those that are chosen most first.

    Args:
        chosen: of everybody alone.
        described: film_id and genres.
        known: the genres to choose from.
    """
    named = described.set_index(FILM)[GENRES].reindex(chosen.films)
    belongs = np.array([[genre in names for names in named] for genre in known], dtype=np.float64)
    weight = belongs * chosen.weight()
    liked = weight @ chosen.liking()[:, 0] / np.maximum(weight.sum(axis=1), 1e-9)
    best = np.argsort(-liked, kind="stable")[:SEGMENTS]
    return [Header((known[place],), tone_of_genres([known[place]])) for place in best]


def commissions(wanted: Sequence[Wanted], genres: Sequence[str], cycle: int) -> list[Commission]:
    """A pair of drafts to write for each brief: one by it, and one of a genre drawn evenly from those known.

    Args:
        genres: none where the writer takes any; then it is drawn from those that are wanted.
    """
    made: list[Commission] = []
    genres = genres or sorted({name for wish in wanted for name in wish.header.genres})
    for place, (segment, header) in enumerate(wanted):
        drawn = genres[int(_seeded_generator("genre", segment, place, cycle).integers(len(genres)))]
        pair: dict[Policy, Header] = {"briefed": header, "unbriefed": Header((drawn,), tone_of_genres([drawn]))}
        made += [
            Commission(segment, policy, own, derive_id("script", segment, place, policy, cycle))
            for policy, own in pair.items()
        ]
    return made


def invited(members: Sequence[str], script_id: str) -> tuple[Reached, ...]:
    """The readers of a draft, drawn evenly from the members of its segment; a repeated cycle draws the same."""
    count = min(READERS, len(members))
    drawn = _seeded_generator("readers", script_id).permutation(len(members))[:count]
    propensity = count / len(members) if members else 0.0
    return tuple(Reached(viewer_id=members[place], propensity=propensity) for place in sorted(drawn))


def event(
    order: Commission, draft: Draft, readers: tuple[Reached, ...], predicted: float | None, decision: Mapping[str, Any]
) -> Script:
    """A draft as the Kafka event that is to be sent; nothing is sent here.

    Args:
        predicted: the log of its appeal to the segment, by the judges.
        decision: cycle, occurred_at, model, model_version, feature_version, judge_version.
    """
    genres = order.header.genres
    return Script(
        event_id=order.script_id,
        title=f"{', '.join(genres)} for {order.segment}, {order.policy}, cycle {decision['cycle']}",
        text=draft.text,
        genres=genres,
        tone=order.header.tone,
        segment=order.segment,
        policy=order.policy,
        seed=draft.seed,
        predicted=predicted,
        readers=readers,
        **decision,
    )


def rows(made: Sequence[Script]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scripts as rows of `decisions/drafts` and of `decisions/scripts`; nothing is written here."""
    drafts = [
        {SCRIPT: each.event_id, **each.model_dump(exclude={"event_id", "readers"}), GENRES: list(each.genres)}
        for each in made
    ]
    readers = [
        {SCRIPT: each.event_id, "cycle": each.cycle, VIEWER: reader.viewer_id, "propensity": reader.propensity}
        for each in made
        for reader in each.readers
    ]
    return pd.DataFrame(drafts), pd.DataFrame(readers)


def events(drafts: pd.DataFrame, readers: pd.DataFrame) -> list[Script]:
    """The script events that rows of drafts (at least one) and of their readers stand for: the inverse of `rows`."""
    sent = readers.sort_values(VIEWER).groupby(SCRIPT)[[VIEWER, "propensity"]]
    to = {str(script): tuple(Reached(**row) for row in delta.records(rows)) for script, rows in sent}
    ordered = delta.records(drafts.sort_values(SCRIPT).rename(columns={SCRIPT: "event_id"}))
    return [Script(**{**row, GENRES: tuple(row[GENRES]), "readers": to[row["event_id"]]}) for row in ordered]


def _seeded_generator(*parts: object) -> np.random.Generator:
    """A random generator whose seed is a hash of `parts`."""
    return np.random.default_rng(int(derive_id(*parts), 16))
