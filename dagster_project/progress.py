"""How a long training goes on, in the log of the asset's run."""

from dagster import AssetExecutionContext


def log_progress(what: str, done: int, total: int, loss: float) -> None:
    """A line as `models.training.journal.Tell` tells it; only while an asset is made, by its own thread."""
    AssetExecutionContext.get().log.info(f"{what}: {done} of {total}, loss {loss:.4g} nats")
