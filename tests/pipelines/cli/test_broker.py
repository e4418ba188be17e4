"""`cineloop broker` as a person types it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli.broker import app


@pytest.mark.kafka
def test_start_status_and_stop_agree_with_each_other(tmp_path: Path) -> None:
    def say(verb: str, *options: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, [verb, "--state", str(tmp_path), *options])
        return result.exit_code, result.stdout

    assert say("status") == (1, f"not running, in {tmp_path / 'broker'}\n")
    try:
        code, started = say("start", "--json")
        assert code == 0
        assert json.loads(started)["running"]
        assert say("status", "--json") == (0, started)
    finally:
        stopped = say("stop")
    assert stopped == (0, f"not running, in {tmp_path / 'broker'}\n")
    assert say("status")[0] == 1
