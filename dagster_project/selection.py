"""Which assets a cycle can make: those that need a topic to which nobody has ever written are left out."""

from dagster_project.staged import NEEDS


def left_out(silent: set[str]) -> dict[str, str]:
    """Asset → why it is skipped, while these topics are silent."""
    return {
        asset: f"no event has ever come on {topic}"
        for topic, assets in NEEDS.items()
        if topic in silent
        for asset in assets
    }
