"""The asset decorator of this project: adds group, retries, and the stage's seconds in the cycle's ledger."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from dagster import AssetsDefinition, Backoff, MaterializeResult, RetryPolicy, asset

from dagster_project.resources import Loop
from dagster_project.selection import require_topic

RETRIES = RetryPolicy(max_retries=2, delay=3, backoff=Backoff.EXPONENTIAL)
Body = Callable[[Loop], MaterializeResult]


def staged(
    group: str, kinds: set[str], deps: Iterable[Any] = (), needs: str | None = None
) -> Callable[[Body], AssetsDefinition]:
    """An asset whose body is timed as the stage of its name; its docstring becomes the asset's description.

    Args:
        needs: a topic; the asset is skipped as long as no event has ever arrived on it.
    """

    def decorate(body: Body) -> AssetsDefinition:
        """The body as a timed asset, registered to be left out while nobody writes to `needs`."""
        if needs:
            require_topic(needs, body.__name__)

        @asset(
            name=body.__name__,
            description=body.__doc__,
            group_name=group,
            kinds=kinds,
            deps=list(deps),
            retry_policy=RETRIES,
        )
        @wraps(body)
        def timed(loop: Loop) -> MaterializeResult:
            with loop.context.ledger.stage(loop.cycle, body.__name__):
                return body(loop)

        return timed

    return decorate
