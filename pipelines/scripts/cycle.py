"""Drafts for segments: by their brief, and beside it by chance; readers say what the brief is worth.

For three segments a cycle, each in its turn; for everybody, while nothing is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jobs import decisions
from models.audience.disclosure import EVERYBODY
from models.base.columns import VIEWER
from models.base.errors import EmptyTraining, ModelError
from models.judging.judges import Judges
from models.scripts.protocol import Writer
from pipelines.lake import delta
from pipelines.lake.outbox import send
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.model_registry import Version
from pipelines.scripts import decide as drafts
from pipelines.scripts import observe as readings
from pipelines.scripts.brief import most_wanted, published_segments
from pipelines.scripts.decide import Commission, Wanted
from pipelines.scripts.judging import train as teaching
from pipelines.scripts.segment_names import full_name, viewers_of
from pipelines.scripts.writing import cycle as writer
from pipelines.scripts.writing.drafting import Draft, new_drafts
from streaming.schema.events import Script


@dataclass(frozen=True)
class _Judged:
    """Who says beforehand how a draft will be liked."""

    version: Version
    judges: Judges

    def predict(self, segment: str, text: str) -> float | None:
        """The log of its appeal to a segment; None where they do not know the segment."""
        judge = self.judges.first
        if segment not in judge.segments:
            return None
        return float(judge.predict([readings.prose(text)]).mean[0, judge.segments.index(segment)])


def publish(context: Context, number: int) -> list[Script]:
    """Write, judge and send this cycle's drafts with whom each is sent to; or note why there are none.

    A cycle that goes on after it was killed sends those that it had written: they may have been read.
    """
    made = drafts.written(context.state.lake, number)
    note: dict[str, Any] = {"refused": 0, "version": made[0].model_version, "reason": None} if made else {}
    if not made:
        made, note = _drafted(context, number)
        rows, readers = drafts.rows(made)
        decisions.write(context.spark, context.lake, decisions.SCRIPTS, number, readers)
        decisions.write(context.spark, context.lake, decisions.DRAFTS, number, rows)  # last: who is there has readers
    send(context, made, number)
    segments = sorted({script.segment for script in made})
    context.ledger.note(number, scripts={"drafts": len(made), **note, "segments": segments})
    return made


def _drafted(context: Context, number: int) -> tuple[list[Script], dict[str, Any]]:
    """New drafts; and how many were refused as copies, by which version, or why there are none."""
    reason, serving = writer.unread(context), writer.served(context)
    if reason or serving is None:
        reason = reason or context.ledger.read(number)[writer.FAMILY]["reason"]
        return [], {"refused": 0, "version": None, "reason": reason}
    version, by = serving
    try:
        orders = _orders(context, number, by)
    except (EmptyTraining, NothingThere) as error:
        return [], {"refused": 0, "version": version.name, "reason": str(error)}
    texts, aside = _texts(by, orders)
    kept = [(order, texts[order.script_id]) for order in orders if order.script_id in texts]
    made, unsent = _made(context, number, version, kept)
    set_aside.note(context.ledger, number, "scripts", {**aside, **unsent})
    return made, {"refused": len(orders) - len(made), "version": version.name, "reason": None}


def _texts(by: Writer, orders: Sequence[Commission]) -> tuple[dict[str, Draft | None], dict[str, str]]:
    """A draft for each order's script, None for a copy; and the scripts that cannot be written, and why."""
    names = [order.script_id for order in orders]
    try:
        return dict(zip(names, new_drafts(by, [order.ask for order in orders], drafts.HOW), strict=True)), {}
    except ModelError:  # of one that is asked for: all others can be written, one by one

        def written(order: Commission) -> tuple[str, Draft | None]:
            return order.script_id, new_drafts(by, [order.ask], drafts.HOW)[0]

        made, aside = set_aside.each(orders, lambda order: order.script_id, written)
        return dict(made), aside


def _orders(context: Context, number: int, by: Writer) -> list[Commission]:
    """
    Raises:
        NothingThere, EmptyTraining: too little is known of the audience to want anything of a film.
    """
    lake, as_of = context.state.lake, context.ledger.read(number)["as_of"]
    try:
        published = published_segments(lake)
    except NothingThere:
        return drafts.commissions(_everybodys(context, number, by), by.genres, number)
    liked = readings.liked_genres(lake, number, as_of)
    wanted = most_wanted(lake, drafts.turn(published, number), by.genres, liked)
    return drafts.commissions(wanted, by.genres, number)


def _everybodys(context: Context, number: int, by: Writer) -> list[Wanted]:
    lake, as_of = context.state.lake, context.ledger.read(number)["as_of"]
    films = teaching.films(lake, as_of)
    chosen = teaching.chosen(lake, films, as_of)
    name = full_name(EVERYBODY, EVERYBODY)
    return [Wanted(name, header) for header in drafts.everybodys(chosen, films, by.genres)]


def _made(
    context: Context, number: int, by: Version, written: Sequence[tuple[Commission, Draft | None]]
) -> tuple[list[Script], dict[str, str]]:
    record, members, judged = context.ledger.read(number), _members(context), _judged(context)
    decision: dict[str, Any] = {
        "cycle": number,
        "occurred_at": record["as_of"],
        "model": by.member,
        "model_version": by.name,
        "feature_version": record["features"]["segment_taste"],
        "judge_version": judged.version.name if judged else None,
    }

    def script(order: Commission, draft: Draft) -> Script:
        readers = drafts.invited(sorted(members[order.segment]), order.script_id)
        predicted = judged.predict(order.segment, draft.text) if judged else None
        return drafts.event(order, draft.text, draft.seed, readers, predicted, decision)

    wanted = [(order, draft) for order, draft in written if draft and members.get(order.segment)]
    return set_aside.each(wanted, lambda each: each[0].script_id, lambda each: script(*each))


def _members(context: Context) -> dict[str, list[str]]:
    """Segment → its viewers."""
    told = delta.read(context.state.lake, "features/viewer_segment", [VIEWER, "segment_facet", "segment"])
    return {} if told is None else viewers_of(told)


def _judged(context: Context) -> _Judged | None:
    judging = context.registry.loaded(teaching.JUDGE, Judges.load)
    return _Judged(*judging) if judging else None
