"""The commands of the README and of docs/ do what these say: their own lines are run, on a loop of two cycles."""

import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from streaming.broker.node import shared_broker
from tests.commands import REPOSITORY, refused, said
from tests.documents import blocks, pages, verbs

pytestmark = [pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1800)]
# Commands of these pages are run; those of all pages are asked whether they take what the page gives them.
RUN = (REPOSITORY / "README.md", REPOSITORY / "docs" / "commands.md")
COMMANDS = sorted({tuple(command) for page in RUN for command in verbs(page)})
OTHERS = sorted({tuple(command) for page in pages() for command in verbs(page)})
# What these do is proven elsewhere.
LONG = {"run", "replay", "rebuild", "serve", "evaluate", "trial", "backtest", "broker", "script", "brief"}
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
def test_a_short_command_answers(command: tuple[str, ...], connected: Path, standing_for: dict[str, str]) -> None:
    words = [standing_for.get(word, word) for word in command]
    assert said(*words, "--state", str(connected)).strip()


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] in LATE], ids=" ".join)
def test_a_command_that_comes_too_early_says_what_to_do(
    command: tuple[str, ...], turned: Path, standing_for: dict[str, str]
) -> None:
    words = [standing_for.get(word, word) for word in command]
    assert "turn more cycles" in refused(*words, "--state", str(turned))


@pytest.mark.parametrize("command", OTHERS, ids=" ".join)
def test_a_command_takes_these_options(command: tuple[str, ...]) -> None:
    words = itertools.takewhile(lambda word: word.islower() and not word.startswith("--"), command)
    described = said(*words, "--help")
    assert [option for option in command if option.startswith("--") and option not in described] == []


def test_one_job_by_hand(turned: Path) -> None:
    (lines,) = [block for page in pages() for block in blocks(page, "bash") if "spark-submit" in block]
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
