"""A state of the simulated audience hides real viewers like any other: what follows from its seed never meets them."""

import hmac
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app as verbs
from pipelines.platform import state_source
from pipelines.platform.state import State
from pipelines.platform.state_source import Source
from pipelines.serving.source import app_context
from pipelines.simulation import ground_truth
from streaming.audience.pseudonyms import pseudonym_of
from streaming.broker.node import EmbeddedBroker
from streaming.errors import AudienceError
from streaming.kafka.consumer import end_offsets, read_topic
from streaming.kafka.topics import VIEWING
from streaming.schema.events import ViewerDescribed
from streaming.schema.identity import Pseudonymiser
from tests.serving.running import posted, running
from tests.streaming.samples import movielens_1m

SEED = 7


def derived(raw: str) -> str:
    """What anybody who knows the seed can make of a raw id: HMAC-SHA256 under a key that is no secret."""
    key = hmac.digest(b"cineloop synthetic audience", b"7", sha256)
    return hmac.digest(key, raw.encode(), sha256)[:16].hex()


def of_audience(root: Path) -> State:
    """A state folder that was first run with the audience."""
    state = State.at(root)
    state_source.settle(state, Source("audience", SEED))
    return state


@pytest.mark.kafka
def test_two_states_of_one_seed_call_a_real_viewer_differently(broker: EmbeddedBroker, tmp_path: Path) -> None:
    called = {}
    for name in ("one", "two", "one"):
        with running(app_context(of_audience(tmp_path / name), broker.bootstrap), ready=False) as app:
            event = f"otto-{name}-{len(called)}"
            assert app.post(posted(event, "otto", "f1")).status_code == 202
        found = [got.event for got in read_topic(broker.bootstrap, VIEWING.name)]
        (viewer,) = {each.viewer_id for each in found if getattr(each, "event_id", None) == event}
        assert called.setdefault(name, viewer) == viewer, "the same state, the same pseudonym, after a restart, too"
    assert called["one"] != called["two"] and derived("otto") not in called.values()


@pytest.mark.kafka
@pytest.mark.parametrize("verb", [["replay"], ["run", "--live", "--once"]])
def test_files_and_others_are_refused_where_the_audience_speaks(
    broker: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str]
) -> None:
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", broker.bootstrap)
    state, before = of_audience(tmp_path / "state"), end_offsets(broker.bootstrap, [VIEWING.name])
    data = ["--data", str(movielens_1m(tmp_path / "data", b"otto::1::4::978300760\n"))] if verb == ["replay"] else []
    said = CliRunner().invoke(verbs, [*verb, *data, "--state", str(state.root)])
    assert said.exit_code == 1 and "the audience of seed 7" in said.output
    assert end_offsets(broker.bootstrap, [VIEWING.name]) == before


def test_the_audience_is_called_as_it_was_and_its_key_meets_nobody_else(tmp_path: Path) -> None:
    state = of_audience(tmp_path / "state")
    told = [event for event, _ in ground_truth.audience(state, SEED).opening() if isinstance(event, ViewerDescribed)]
    assert {event.viewer_id for event in told} < {derived(f"viewer-{n:06d}@cineloop.example") for n in range(800)}
    for raw in ("otto", "viewer-000000@cineloop.example.org", "viewer-1", "", "viewer-00000x@cineloop.example"):
        with pytest.raises(AudienceError):
            pseudonym_of(SEED)(raw)
    assert Pseudonymiser(state_source.key(state))("otto") != derived("otto")


def test_who_was_served_before_the_first_run_is_the_same_viewer_after_it(tmp_path: Path) -> None:
    early = State.at(tmp_path / "state")
    before = state_source.key(early)
    assert state_source.key(of_audience(tmp_path / "state")) == before
