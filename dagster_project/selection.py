"""Which assets a run materialises: those that need a topic on which no event has ever arrived are skipped."""

from collections.abc import Mapping

from dagster import AssetKey, JobDefinition

_BY_TOPIC: dict[str, list[str]] = {}


def require_topic(topic: str, *assets: str) -> None:
    """Skip these assets as long as no event has ever arrived on the topic."""
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
