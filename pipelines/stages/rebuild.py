"""Bronze and silver made anew from the topics: the cure for a checkpoint that cannot be gone on from."""

from jobs import bronze, storage
from jobs.silver import main as silver
from jobs.silver.conservation import Counts, count
from jobs.silver.tables import DUPLICATES, QUARANTINE, SILVER_TABLES
from pipelines import lock
from pipelines.context import Context


def rebuild(context: Context) -> Counts:
    """Drop bronze, silver and their checkpoints and read the topics from their beginning.

    Raises:
        Busy: another process is running a cycle.
        CountsDoNotAdd: the new tables do not add up.
    """
    lock.acquire(context.state)
    tables = [bronze.TABLE, DUPLICATES, QUARANTINE, *(table.path for table in SILVER_TABLES)]
    checkpoints = [context.lake.checkpoint(stream) for stream in ("silver", "bronze")]
    # Checkpoints go last: killed in between, the next start finds tables gone and says so again.
    for path in [*(context.lake.path(table) for table in tables), *checkpoints]:
        storage.remove(context.spark, path)
    bronze.start(context.spark, context.lake, context.bootstrap).awaitTermination()
    silver.start(context.spark, context.lake).awaitTermination()
    counts = count(context.spark, context.lake)
    counts.verify()
    return counts
