"""Bronze and silver made anew from the topics: the cure for a checkpoint that cannot be gone on from."""

from jobs import bronze
from jobs.checkpoint import explained_failures
from jobs.data_loss import DataLoss, data_loss
from jobs.lake import Lake
from jobs.silver import main as silver
from jobs.silver.conservation import RowCounts, count
from pipelines.platform import lake_swap, lock
from pipelines.platform.context import Context
from pipelines.platform.errors import WouldLose


def rebuild(context: Context, accept_loss: bool = False) -> tuple[RowCounts, DataLoss]:
    """Read the topics from their beginning into a new lake beside the standing one, and put it in that one's place.

    Args:
        accept_loss: go on where the topics no longer hold what the lake does.

    Raises:
        Busy: another process is running a cycle.
        WouldLose: the lake holds events that the topics do not; it stays as it is.
        CountsDoNotAdd: the new tables do not add up; the standing ones stay as they are.
    """
    with lock.holding(context.state):
        try:
            return _build_beside(context, accept_loss)
        finally:
            lake_swap.finish(context.state)


def _build_beside(context: Context, accept_loss: bool) -> tuple[RowCounts, DataLoss]:
    """Fill bronze and silver beside the standing lake and declare them whole, or raise what `rebuild` does."""
    anew = Lake(*map(str, lake_swap.beside(context.state)))
    with explained_failures(anew, "bronze"):
        bronze.start(context.spark, anew, context.bootstrap).awaitTermination()
    found = data_loss(context.spark, context.lake, anew)
    if found.events and not accept_loss:
        raise WouldLose(_loss_in_words(context, found))
    with explained_failures(anew, "silver"):
        silver.start(context.spark, anew).awaitTermination()
    counts = count(context.spark, anew)
    counts.verify()
    lake_swap.declare(context.state, found.displaced)
    return counts, found


def _loss_in_words(context: Context, found: DataLoss) -> str:
    events = ", ".join(f"{count} of {topic}" for topic, count in found.events.items())
    return (
        f"{context.state.lake} holds {found.rows} rows and the topics at {context.bootstrap} hold {found.records} "
        f"records, so that a rebuild would lose {sum(found.events.values())} events ({events}): bring back the topics "
        f"that the lake was filled from, or lose them with `cineloop rebuild --accept-loss`"
    )
