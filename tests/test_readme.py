"""The README's commands do what it says: its own lines are run, on a loop that has turned twice."""

import itertools
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from streaming.broker.share import shared_broker
from tests.commands import REPOSITORY, refused, said

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1800)]
BLOCKS = re.findall(r"```bash\n(.*?)```", (REPOSITORY / "README.md").read_text(), flags=re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)[1:]
    for block in BLOCKS
    for line in block.splitlines()
    if line.startswith(".venv/bin/cineloop")
]
# What these do is proven elsewhere; here, that they take what the README gives them.
LONG = {"run", "replay", "rebuild", "serve", "evaluate", "trial", "backtest"}
# spark-submit starts Java before our settings are read; its second compiler takes half the time of a job over few rows.
_ONE_JOB = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
# Two cycles are too few for these: no month is over, and no campaign.
LATE = {"segments", "target"}


@pytest.fixture(scope="module")
def standing_for(turned: Path) -> dict[str, str]:
    """What a reader would put for the README's words in capitals."""
    signals = DeltaTable(turned / "lake" / "feedback" / "signals").to_pandas()
    slates = signals[(signals["kind"] == "recommendation") & (signals["cycle"] == 2)].sort_values("decision_id")
    forecasts = DeltaTable(turned / "lake" / "decisions" / "forecasts").to_pandas()
    film = forecasts[forecasts["cycle"] == 2]["film_id"].min()
    films = DeltaTable(turned / "lake" / "features" / "film").to_pandas()
    upcoming = films.sort_values("release_date")["film_id"].iloc[-1]
    slate = slates.iloc[0]
    return {"VIEWER": slate["viewer_id"], "FILM": film, "UPCOMING": upcoming, "ID": slate["decision_id"]}


@pytest.fixture(scope="module")
def connected(turned: Path) -> Iterator[Path]:
    """The turned loop's state folder, with its broker running."""
    with shared_broker(turned / "broker"):
        yield turned


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] not in LONG | LATE], ids=" ".join)
def test_a_short_command_answers(command: list[str], connected: Path, standing_for: dict[str, str]) -> None:
    words = [standing_for.get(word, word) for word in command]
    assert said(*words, "--state", str(connected)).strip()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] in LATE], ids=" ".join)
def test_a_command_that_comes_too_early_says_what_to_do(
    command: list[str], turned: Path, standing_for: dict[str, str]
) -> None:
    words = [standing_for.get(word, word) for word in command]
    assert "turn more cycles" in refused(*words, "--state", str(turned))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] in LONG], ids=" ".join)
def test_a_long_command_takes_these_options(command: list[str]) -> None:
    verb = itertools.takewhile(lambda word: not word.startswith("--"), command)
    described = said(*verb, "--help")
    assert [option for option in command if option.startswith("--") and option not in described] == []


def test_one_job_by_hand(turned: Path) -> None:
    (lines,) = [block for block in BLOCKS if "spark-submit" in block]
    before = _versions(turned)
    done = subprocess.run(
        ("bash", "-ec", lines.replace("state/", f"{turned}/")),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{REPOSITORY}/.venv/bin:{os.environ['PATH']}", "SPARK_SUBMIT_OPTS": _ONE_JOB},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    made = {name: version - before[name] for name, version in _versions(turned).items()}
    assert made == {"viewer": 1, "film": 1, "viewer_taste": 0}


def _versions(state: Path) -> dict[str, int]:
    features = state / "lake" / "features"
    return {name: DeltaTable(features / name).version() for name in ("viewer", "film", "viewer_taste")}
