"""Which assets a cycle can make: those that rest on a topic to which nobody has ever written are left out."""

_RESTS_ON = {
    "viewing.events": (
        "interaction_sequence",
        "viewer_features",
        "viewer_taste",
        "recommender_candidate",
        "recommender",
        "slates",
    ),
    "boxoffice.events": ("film_day", "forecaster_candidate", "forecaster", "forecasts"),
}


def left_out(silent: set[str]) -> dict[str, str]:
    """Asset → why it is skipped, while these topics are silent."""
    return {
        asset: f"no event has ever come on {topic}"
        for topic, assets in _RESTS_ON.items()
        if topic in silent
        for asset in assets
    }
