"""Off-policy values are tried where the truth is known."""

import json

import pytest
from typer.testing import CliRunner

from pipelines.cli.main import app


def test_values_are_compared_with_what_policies_would_have_earned() -> None:
    asked = [
        "evaluate",
        "policies",
        "--replications",
        "20",
        "--viewers",
        "200",
        "--films",
        "60",
        "--weeks",
        "2",
        "--json",
    ]
    done = CliRunner().invoke(app, asked, catch_exceptions=False)
    rows = {(row["estimator"], row["policy"]): row for row in json.loads(done.stdout)}
    assert len(rows) == 12
    for policy in ("ends swapped", "clearer", "other films"):
        plain, gain = rows["IPS", policy], rows["gain", policy]
        assert plain["truth"] - gain["truth"] == pytest.approx(
            rows["IPS", "clearer"]["truth"] - rows["gain", "clearer"]["truth"]
        )
    near = rows["doubly robust", "ends swapped"]
    assert near["mean"] == pytest.approx(near["truth"], abs=0.1 * near["truth"])
    assert near["held"] >= 0.5
    assert rows["IPS", "clearer"]["truth"] > near["truth"] > 0
    assert rows["IPS", "clearer"]["width"] > near["width"], "a policy unlike the logging one is known less surely"
