"""The drafts of a cycle: for three segments in turn, one by the segment's brief and one of a genre drawn at random.

Readers' ratings of both say what the brief is worth. While nothing is published, drafts are for everybody.
"""

from collections.abc import Sequence
from typing import Any

from jobs import decisions
from models.audience.disclosure import EVERYBODY
from models.base.errors import EmptyTraining, ModelError
from models.judging.judges import Judges
from models.scripts.protocol import Writer
from pipelines.lake.outbox import decided_by, send, written
from pipelines.platform import set_aside
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.model_registry import Version
from pipelines.scripts import decide, observe
from pipelines.scripts.brief import most_wanted, published_segments
from pipelines.scripts.decide import Commission, Wanted
from pipelines.scripts.judging import train as judging
from pipelines.scripts.segment_names import full_name, viewers_by_segment
from pipelines.scripts.writing import cycle as writing
from pipelines.scripts.writing.drafting import Draft, new_drafts
from pipelines.scripts.writing.train import FAMILY
from streaming.schema.events import Script


def publish(context: Context, number: int) -> list[Script]:
    """Write this cycle's drafts and readers to the lake, send them to Kafka; the ledger notes them, or why none.

    A cycle that goes on after it was killed sends those that it had written: they may have been read.
    """
    drafts = written(context, decisions.DRAFTS, number)
    if len(drafts):
        made = decide.events(drafts, written(context, decisions.SCRIPTS, number))
        note = {"refused": 0, "version": made[0].model_version, "reason": None}
    else:
        made, note = _drafted(context, number)
        rows, readers = decide.rows(made)
        decisions.write(context.spark, context.lake, decisions.SCRIPTS, number, readers)
        decisions.write(context.spark, context.lake, decisions.DRAFTS, number, rows)  # last: who is there has readers
    send(context, made, number)
    segments = sorted({script.segment for script in made})
    context.ledger.note(number, scripts={"drafts": len(made), **note, "segments": segments})
    return made


def _drafted(context: Context, number: int) -> tuple[list[Script], dict[str, Any]]:
    """Draft with the serving writer; returns the drafts, and how many were refused as copies or why there are none."""
    reason, serving = writing.reason_nobody_reads(context), writing.served(context)
    if reason or serving is None:
        reason = reason or context.ledger.read(number)[FAMILY]["reason"]
        return [], {"refused": 0, "version": None, "reason": reason}
    version, writer = serving
    try:
        orders = _orders(context, number, writer)
    except (EmptyTraining, NothingThere) as error:
        return [], {"refused": 0, "version": version.name, "reason": str(error)}
    texts, aside = _texts(writer, orders)
    drafts = [(order, draft) for order in orders if (draft := texts.get(order.script_id))]
    made, unsent = _scripts(context, number, version, drafts)
    set_aside.note(context.ledger, number, "scripts", {**aside, **unsent})
    return made, {"refused": len(orders) - len(made), "version": version.name, "reason": None}


def _texts(writer: Writer, orders: Sequence[Commission]) -> tuple[dict[str, Draft | None], dict[str, str]]:
    """Draft a text for each order, None for a copy; and by script_id why some cannot be written."""
    names = [order.script_id for order in orders]
    try:
        return dict(zip(names, new_drafts(writer, [order.ask for order in orders], decide.HOW), strict=True)), {}
    except ModelError:  # of one that is asked for: all others can be written, one by one

        def written(order: Commission) -> tuple[str, Draft | None]:
            """One order's script_id, and its draft; None for a copy."""
            return order.script_id, new_drafts(writer, [order.ask], decide.HOW)[0]

        made, aside = set_aside.each(orders, lambda order: order.script_id, written)
        return dict(made), aside


def _orders(context: Context, number: int, writer: Writer) -> list[Commission]:
    """Choose from the lake whom drafts are for and what is asked; raises where too little is known of the audience."""
    lake, as_of = context.state.lake, context.ledger.read(number)["as_of"]
    try:
        published = published_segments(lake)
    except NothingThere:
        films = judging.films(lake, as_of)
        headers = decide.everybodys(judging.chosen(lake, films, as_of), films, writer.genres)
        wanted = [Wanted(full_name(EVERYBODY, EVERYBODY), header) for header in headers]
    else:
        liked = observe.liked_genres(lake, number, as_of)
        wanted = most_wanted(lake, decide.turn(published, number), writer.genres, liked)
    return decide.commissions(wanted, writer.genres, number)


def _scripts(
    context: Context, number: int, writer: Version, drafts: Sequence[tuple[Commission, Draft]]
) -> tuple[list[Script], dict[str, str]]:
    """Drafts as events, with readers drawn and appeal predicted by the serving judges; and why some cannot be sent."""
    record, members = context.ledger.read(number), viewers_by_segment(context.state.lake)
    judging_version, judges = context.registry.loaded(judging.JUDGE, Judges.load) or (None, None)
    decision: dict[str, Any] = {
        **decided_by(record, writer, record["features"]["segment_taste"]),
        "judge_version": judging_version.name if judging_version else None,
    }

    def script(order: Commission, draft: Draft) -> Script:
        """One draft as an event, with its readers and predicted appeal."""
        readers = decide.invited(sorted(members[order.segment]), order.script_id)
        predicted = _predicted_appeal(judges, order.segment, draft.text) if judges else None
        return decide.event(order, draft, readers, predicted, decision)

    wanted = [(order, draft) for order, draft in drafts if members.get(order.segment)]
    return set_aside.each(wanted, lambda each: each[0].script_id, lambda each: script(*each))


def _predicted_appeal(judges: Judges, segment: str, text: str) -> float | None:
    """The log of a draft's appeal to a segment; None where the judges do not know the segment."""
    judge = judges.first
    if segment not in judge.segments:
        return None
    return float(judge.predict([observe.prose(text)]).mean[0, judge.segments.index(segment)])
