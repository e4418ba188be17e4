"""A second process fits as this one would, says so when it fails, and outlives nobody."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from pandas.testing import assert_frame_equal

from models.recommenders import made
from models.training.journal import Journal
from pipelines.platform.errors import CycleFailed
from pipelines.recommending.refit import refitting
from tests.commands import REPOSITORY
from tests.models.audiences import two_genres, two_groups

_EARLIER, _VIEWERS = two_groups(watched=6), [f"viewer-{number:02d}" for number in range(24)]


@pytest.mark.parametrize("name", ["blend", "sequence"])
def test_what_the_second_process_fits_is_what_this_one_would(tmp_path: Path, name: str) -> None:
    model = made(name, epochs=2).fit(_EARLIER, two_genres())
    model.save(tmp_path / "member")
    kept = Journal(tmp_path / "epochs")
    with refitting(tmp_path / "member", two_groups(), two_genres(), tmp_path / "own", kept, 0) as whole:
        theirs = whole().recommend(_VIEWERS, two_groups(), 5)
    ours = model.refit(two_groups(), two_genres()).recommend(_VIEWERS, two_groups(), 5)
    assert_frame_equal(theirs, ours, check_exact=True)
    assert not (tmp_path / "own").exists()
    assert bool([*(tmp_path / "epochs").glob("*/[0-9]*")]) == (name == "sequence"), (
        "one that is killed goes on from its last epoch"
    )


def test_what_is_fitted_sooner_than_a_process_is_up_is_fitted_here(tmp_path: Path) -> None:
    model = made("blend").fit(_EARLIER, two_genres())
    model.save(tmp_path / "member")
    with refitting(tmp_path / "member", two_groups(), two_genres(), tmp_path / "own", Journal()) as whole:
        assert not (tmp_path / "own").exists()
        here = whole().recommend(_VIEWERS, two_groups(), 5)
    again = model.refit(two_groups(), two_genres()).recommend(_VIEWERS, two_groups(), 5)
    assert_frame_equal(here, again, check_exact=True)


def test_a_process_that_fails_fails_the_cycle(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "torn").mkdir()
    with (
        refitting(tmp_path / "torn", two_groups(), two_genres(), tmp_path / "own", Journal(), 0) as whole,
        pytest.raises(CycleFailed, match="fits torn on all events ended with exit code 1"),
    ):
        whole()
    assert "BadArtifact" in capfd.readouterr().err


@pytest.mark.fault
def test_the_second_process_ends_when_the_first_is_killed(tmp_path: Path) -> None:
    model = made("sequence", epochs=1).fit(_EARLIER, two_genres())
    model.least_steps = 10**6
    model.save(tmp_path / "member")
    program = (
        "import sys; from pathlib import Path; from models.training.journal import Journal;"
        "from pipelines.recommending.refit import refitting;"
        "from tests.models.audiences import two_genres, two_groups\n"
        "base = Path(sys.argv[1])\n"
        "with refitting(base / 'member', two_groups(), two_genres(), base / 'own', Journal(), 0) as whole: whole()"
    )
    first = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=REPOSITORY)
    second = _awaited(tmp_path / "own", first)
    first.kill()
    first.wait()
    psutil.wait_procs([second], timeout=20)
    assert not second.is_running()


def _awaited(own: Path, first: subprocess.Popen) -> psutil.Process:
    """The process that works in the folder `own`, once it is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert first.poll() is None, "it ended before it could be killed"
        for child in psutil.Process(first.pid).children():
            if str(own) in child.cmdline():
                return child
        time.sleep(0.05)
    pytest.fail("no second process came")
