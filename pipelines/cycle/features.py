"""Preprocess: silver → feature tables as of the cycle's `now`."""

from jobs.features import main as features
from pipelines.lake import delta
from pipelines.platform.context import Context


def write(context: Context, number: int, name: str) -> int:
    """Write one feature table to the lake and its version to the ledger; return the number of its rows."""
    as_of = context.ledger.read(number)["as_of"]
    version = features.write(context.spark, context.lake, name, as_of)
    context.ledger.note_among(number, "features", {name: version})
    return delta.count(context.state.lake, f"features/{name}")
