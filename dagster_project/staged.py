"""The asset decorator of this project, and which assets a run skips: those of a topic on which no event ever arrived.

It adds group, retries, and the stage's seconds in the cycle's ledger.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from dagster import (
    AssetKey,
    AssetsDefinition,
    Backoff,
    JobDefinition,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    asset,
)

from dagster_project.resources import Loop

_BY_TOPIC: dict[str, list[str]] = {}
RETRIES = RetryPolicy(max_retries=2, delay=3, backoff=Backoff.EXPONENTIAL)
Body = Callable[[Loop], MaterializeResult]


def staged(
    group: str, kinds: set[str], deps: Iterable[Any] = (), needs: str | None = None
) -> Callable[[Body], AssetsDefinition]:
    """A decorator: the asset whose body is timed as the stage of its name, and whose docstring is its description.

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
        def run_timed(loop: Loop) -> MaterializeResult:
            """Run the body and write its seconds to the ledger."""
            with loop.context.ledger.stage(loop.cycle, body.__name__):
                return body(loop)

        return run_timed

    return decorate


def picture(about: str, png: bytes) -> MetadataValue:
    """A picture to show on the web page."""
    return MetadataValue.md(f"![{about}](data:image/png;base64,{b64encode(png).decode()})")


def require_topic(topic: str, *assets: str) -> None:
    """Register that these assets are skipped as long as no event has ever arrived on the topic."""
    _BY_TOPIC.setdefault(topic, []).extend(assets)


def skipped_assets(silent_topics: set[str]) -> dict[str, str]:
    """Asset → why it is skipped, while these topics have never had an event."""
    return {
        asset: f"no event has ever arrived on {topic}"
        for topic, assets in _BY_TOPIC.items()
        if topic in silent_topics
        for asset in assets
    }


def selected_assets(job: JobDefinition, skipped: Mapping[str, str]) -> list[AssetKey]:
    """The assets of a job but the skipped ones, sorted."""
    return sorted(set(job.asset_layer.executable_asset_keys) - {AssetKey(asset) for asset in skipped})


def skipped_tags(skipped: Mapping[str, str]) -> dict[str, str]:
    """The run tags that show on the web page what was skipped and why."""
    return {f"skipped/{asset}": reason for asset, reason in skipped.items()}
