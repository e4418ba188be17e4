"""Whatever schema-valid events come, the cycle that reads them closes (`make soak` turns those after it)."""

import json
import os
import shutil
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from streaming.settings import REPOSITORY
from tests.commands import said
from tests.hostile.client import Sent, send
from tests.hostile.floods import floods
from tests.hostile.generator import generated
from tests.hostile.loop import check_closed, on_topics, rows, turning
from tests.hostile.world import World

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.turns, pytest.mark.timeout(1800)]
_EVENTS = 2_000
_ASKED = 12  # odd ids that the verbs are asked of


def test_a_cycle_closes_on_extreme_events_of_all_types(turned: Path, tmp_path: Path) -> None:
    state = shutil.copytree(turned, tmp_path / "state")
    number = int(os.environ.get("HOSTILE_SEED", "21"))
    print(f"again with HOSTILE_SEED={number}")
    world = World.of(state)
    sent = [*islice(generated(number, world, round(time.time() * 1000)), _EVENTS), *floods(world)]
    _are_valid(sent[:_EVENTS:10])
    before = check_closed(state, cycles=2)
    with turning(state) as (bootstrap, cycle):
        told = on_topics(bootstrap)
        assert send(bootstrap, sent) == len(sent)
        cycle()
        counts = check_closed(state, cycles=3)
        assert counts.bronze == on_topics(bootstrap) == told + len(sent)
        assert all(count > before.silver[name] for name, count in counts.silver.items())
        assert counts.quarantined > 100 and counts.duplicates > 10, "some of each fate"
        _verbs_answer(state)


def _are_valid(sent: Sequence[Sent]) -> None:
    """The events are what the published JSON Schemas allow."""
    for each in sent:
        headers = dict(each.headers)
        schema = json.loads(
            (REPOSITORY / "streaming" / "schema" / "json" / f"{headers['ce_type'].decode()}.json").read_text()
        )
        Draft202012Validator(schema).validate({**json.loads(each.value), "event_id": headers["ce_id"].decode()})


def _verbs_answer(state: Path) -> None:
    """Verbs answer about what the odd events left behind."""
    at = ("--state", str(state))
    assert said("report", *at) and said("dead-letters", "list", *at)
    for viewer in sorted(set(rows(state, "features/viewer", "viewer_id")["viewer_id"]))[:_ASKED]:
        assert said("viewer", *at, "--", viewer) and said("slate", *at, "--", viewer)
    for event in rows(state, "silver/films", "event_id")["event_id"].head(_ASKED):
        assert said("trace", *at, "--", event)
