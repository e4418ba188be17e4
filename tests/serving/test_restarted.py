"""An app that starts after a cycle knows what one knows that was told all of it live."""

from collections.abc import Callable

import pytest

from tests.serving.running import App, posted, running, within
from tests.serving.small_state import SmallState, close_cycle

pytestmark = pytest.mark.kafka
VIEWERS = ("viewer-00", "early-only", "both-kinds")


def test_what_waits_in_quarantine_counts_after_a_restart_as_it_did_before(copied: Callable[[], SmallState]) -> None:
    small = copied()
    with running(small.world) as live:
        live.post(
            posted("early-only-1", "early-only", "unwritten"),
            posted("both-kinds-1", "both-kinds", "unwritten", "skip"),
            posted("both-kinds-2", "both-kinds", "western-03"),
            posted("both-kinds-3", "both-kinds", "unmade", "rate", rating=4),
        )
        within(20, lambda: live.http.get("/v1/viewers/both-kinds/profile").json()["events"].get("rate"))
        close_cycle(small)
        with running(small.world) as restarted:
            assert told(restarted) == told(live)
            assert restarted.slate("early-only")["newcomer"] and not restarted.slate("both-kinds")["newcomer"]


def told(app: App) -> list[object]:
    """What an app says of some viewers."""
    profiles = [app.http.get(f"/v1/viewers/{viewer}/profile").json() for viewer in VIEWERS]
    return [*map(app.slate, VIEWERS), *profiles]
