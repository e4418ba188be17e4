"""Upkeep: what the state folder takes on disk, and now and then the removal of what no cycle will ask for."""

from pipelines.cycle import retention
from pipelines.platform import settings
from pipelines.platform.context import Context


def due(number: int) -> bool:
    """Whether the state folder is tidied in this cycle."""
    return number % settings.tidy_every() == 0


def upkeep(context: Context, number: int) -> dict[str, int]:
    """Tidy the state folder if that is due, and note the bytes on disk of each of its rooms, which are returned."""
    if due(number):
        retention.tidy(context.state)
    disk = retention.used(context.state)
    context.ledger.note(number, disk=disk)
    return disk
