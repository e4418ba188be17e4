"""Searches edits that raise a script's appeal to a segment: one judge selects them, and a second one must agree.

Whoever searches among many edits by one judge finds those that the judge overrates. So each edit, and all together,
must be worth more at the lower end of the 80 % interval in the eyes of both judges; the second one, who learned from
other films, is never asked which edit is best.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base.errors import BrokenScript
from models.judging import style
from models.judging.appeal import Appeal
from models.judging.predicted import Gain
from models.screenplay.reading import Scene, Script, read
from models.scripts.asked import Header
from pipelines.platform.errors import Gaming, NothingThere
from pipelines.scripts.improving.edits import Edit, applied, diff, distance, options, recast
from pipelines.scripts.improving.scene_writer import Write

_DRAFTS, _MOST, _LOOKED_AT = 4, 6, 400  # texts a header; edits; options in a round
_PREMISE = 60  # words


@dataclass(frozen=True)
class Proposal:
    """An edit, its gain of log appeal after the edits before it, and the share of words changed."""

    id: str
    edit: Edit
    told: str
    gain: float
    low: float
    high: float
    second: float  # by the second judge
    changed: float


@dataclass(frozen=True)
class Improved:
    """A script after edits; without any, there was none that pleased both judges."""

    original: Script
    script: Script
    segment: str
    proposals: tuple[Proposal, ...]
    gains: list[dict[str, Any]]  # segment, gain, low, high, second, second_low, second_high: of all edits together
    changed: float  # share of the words

    @property
    def diff(self) -> str:
        """What changed, line by line."""
        return diff(self.original, self.script)


def improve(
    script: Script,
    segment: str,
    judge: Appeal,
    second_judge: Appeal,
    write: Write,
    within: float,
    seed: int,
    headers: Sequence[Header] = (),
) -> Improved:
    """Search edits that please both judges for a segment, with scenes from `write`; the script with them applied.

    Args:
        write: writes scenes to insert or to put in the place of others.
        within: the largest share of the script's words that may be taken away or added, 0 to 1.
        seed: of what is written and of which options are looked at.
        headers: what to ask of the writer; by default nothing but the segment.

    Raises:
        NothingThere: a judge does not know the segment.
    """
    both = _Both(judge, second_judge, segment)
    asked = headers or (Header(segment=segment),)
    written = _written(script, write, asked, _premise(script), seed)
    chance, made, proposals = np.random.default_rng(seed), list[Edit](), list[Proposal]()
    while len(made) < _MOST:
        allowed = [each for each in options(script, written, made) if distance(script, [*made, each]) <= within]
        if len(allowed) > _LOOKED_AT:
            allowed = [allowed[place] for place in np.sort(chance.permutation(len(allowed))[:_LOOKED_AT])]
        found = both.best(script, made, allowed)
        if found is None:
            break
        edit, ours, theirs = found
        made.append(edit)
        proposals.append(_proposal(script, made, both, ours, theirs))
    while made and not both.agree(*both.gains(script, [made])[0]):
        made.pop()
        proposals.pop()
    return _improved(script, both, tuple(proposals))


def accept(improved: Improved, ids: Sequence[str], judge: Appeal, second_judge: Appeal, within: float) -> Improved:
    """Apply only the proposals of these ids to the original script; the proposals of `improved` stay as they are.

    Raises:
        NothingThere: there is no proposal of an id.
        Gaming: without the others, these do not please both judges, or change too much.
    """
    known = {proposal.id: proposal for proposal in improved.proposals}
    missing = [each for each in ids if each not in known]
    if missing:
        raise NothingThere(f"there is no proposal {missing[0]!r}: name some of {', '.join(known) or 'none'}")
    chosen = tuple(proposal for proposal in improved.proposals if proposal.id in ids)
    both, made = _Both(judge, second_judge, improved.segment), [proposal.edit for proposal in chosen]
    ours, theirs = both.gains(improved.original, [made])[0]
    changed = distance(improved.original, made)
    if made and not (both.agree(ours, theirs) and changed <= within):
        raise Gaming(
            f"{', '.join(ids)} alone should add {ours.mean[both.place]:+.3f} by the first judge, "
            f"{theirs.mean[both.other]:+.3f} by the second (both must be surely above 0), and change {changed:.0%} of "
            f"{within:.0%} of the words: accept others with them, or allow more with --within"
        )
    return _improved(improved.original, both, chosen)


class _Both:
    """Two judges of one segment, and where it stands among the segments of each."""

    def __init__(self, first: Appeal, second: Appeal, segment: str) -> None:
        """Raises NothingThere where a judge does not know the segment."""
        for judge in (first, second):
            if segment not in judge.segments:
                raise NothingThere(f"no judge knows {segment!r}: name one of {', '.join(judge.segments)}")
        self.first, self.second, self.segment = first, second, segment
        self.place, self.other = first.segments.index(segment), second.segments.index(segment)

    def gains(
        self, script: Script, tried: Sequence[Sequence[Edit]], before: Sequence[Edit] = ()
    ) -> list[tuple[Gain, Gain]]:
        """What each set of edits adds to the script's appeal after the edits `before`, by both judges."""
        scripts = [_parts(applied(script, edits)) for edits in (before, *tried)]
        ours, theirs = self.first.predict(scripts), self.second.predict(scripts)
        return [(ours.gain(number + 1), theirs.gain(number + 1)) for number in range(len(tried))]

    def agree(self, ours: Gain, theirs: Gain) -> bool:
        """Whether both judges are sure of a gain: the lower ends of both intervals are above 0."""
        return bool(ours.low[self.place] > 0 and theirs.low[self.other] > 0)

    def best(self, script: Script, made: Sequence[Edit], allowed: Sequence[Edit]) -> tuple[Edit, Gain, Gain] | None:
        """Of the edits with a certain gain by both judges, the one with the highest lower end by the first."""
        pairs = self.gains(script, [[*made, each] for each in allowed], before=made)
        pleasing = [(edit, *pair) for edit, pair in zip(allowed, pairs, strict=True) if self.agree(*pair)]
        return max(pleasing, key=lambda found: float(found[1].low[self.place]), default=None)


def _written(
    script: Script, write: Write, headers: Sequence[Header], premise: str, seed: int
) -> list[tuple[Scene, Header]]:
    """Have new scenes written, each with the header asked for; drops those that cannot be read as Fountain."""
    cast, found = style.cast(script.scenes), dict[str, tuple[Scene, Header]]()
    for number in range(_DRAFTS * len(headers)):
        header = headers[number % len(headers)]
        try:
            scenes = read(write(header, premise, seed + number)).scenes
        except BrokenScript:
            continue
        for scene in scenes:
            if scene.heading and scene.words:
                own = recast(scene, cast)
                found.setdefault(own.fountain, (own, header))
    return list(found.values())


def _proposal(script: Script, made: Sequence[Edit], both: _Both, ours: Gain, theirs: Gain) -> Proposal:
    """The newest of the edits `made`, with its gains by both judges, as a proposal to show."""
    edit = made[-1]
    mean, low, high = (float(each[both.place]) for each in (ours.mean, ours.low, ours.high))
    second = float(theirs.mean[both.other])
    return Proposal(f"e{len(made)}", edit, edit.describe(script), mean, low, high, second, distance(script, made))


def _improved(script: Script, both: _Both, proposals: tuple[Proposal, ...]) -> Improved:
    """The script with all proposals applied, and how both judges value that."""
    made = [proposal.edit for proposal in proposals]
    ours, theirs = both.gains(script, [made])[0]
    after = applied(script, made) if made else script
    return Improved(script, after, both.segment, proposals, _rows(both, ours, theirs), distance(script, made))


def _rows(both: _Both, ours: Gain, theirs: Gain) -> list[dict[str, Any]]:
    """A row a segment of the first judge: the gain by both judges, with intervals."""
    rows = []
    for place, name in enumerate(both.first.segments):
        row: dict[str, Any] = {"segment": name, **_interval(ours, place, "gain", "low", "high")}
        if name in both.second.segments:
            other = both.second.segments.index(name)
            row |= _interval(theirs, other, "second", "second_low", "second_high")
        rows.append(row)
    return rows


def _interval(gain: Gain, place: int, *names: str) -> dict[str, float]:
    """The gain of the segment at `place`: mean, low and high, under these three names."""
    values = (gain.mean[place], gain.low[place], gain.high[place])
    return {name: float(value) for name, value in zip(names, values, strict=True)}


def _parts(script: Script) -> list[str]:
    """The prose of each scene."""
    return [scene.prose for scene in script.scenes]


def _premise(script: Script) -> str:
    """The first words of what happens in the script, as a premise for new scenes."""
    first = next((passage.text for scene in script.scenes for passage in scene.passages), "")
    return " ".join(first.split()[:_PREMISE])
