"""The asset decorator of this house: group, retries, and the seconds it took in the cycle's ledger."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from dagster import AssetsDefinition, Backoff, MaterializeResult, RetryPolicy, asset

from dagster_project.resources import Loop

RETRIES = RetryPolicy(max_retries=2, delay=3, backoff=Backoff.EXPONENTIAL)
Body = Callable[[Loop], MaterializeResult]


# topic → the assets that cannot be made while nobody has ever written to it
NEEDS: dict[str, list[str]] = {}


def rest_on(topic: str, *assets: str) -> None:
    """Leave these assets out of a run while nobody has ever written to the topic."""
    NEEDS.setdefault(topic, []).extend(assets)


def staged(
    group: str, kinds: set[str], deps: Iterable[Any] = (), needs: str | None = None
) -> Callable[[Body], AssetsDefinition]:
    """An asset of `group` whose body is timed as the stage of its name; its docstring says what it holds.

    `needs`: the topic without whose events it is left out of a run.
    """

    def decorate(body: Body) -> AssetsDefinition:
        if needs:
            rest_on(needs, body.__name__)

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
