"""`cineloop evaluate scripts`: each row in a minute, on the real plays and films."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.scripts.asked import Piece
from pipelines.cli.main import app
from pipelines.scripts.evaluate import rows
from pipelines.scripts.evaluate.rows import ROWS
from pipelines.scripts.writing.train import read_pieces


def evaluated(*arguments: object) -> list[dict[str, object]]:
    asked = ["evaluate", "scripts", "--quick", "--json", *map(str, arguments)]
    done = CliRunner().invoke(app, asked, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def with_a_letter_of_its_own(content: Path | None, boxoffice: Path | None) -> list[Piece]:
    """The pieces of the folders; the first one, which is held out, has a letter that is nowhere else."""
    first, *others = read_pieces(content, boxoffice)
    return [first._replace(script=f"{first.script}ő"), *others]


@pytest.fixture(scope="module")
def folders(real_data: Path) -> tuple[object, ...]:
    return "--content", real_data / "content", "--boxoffice", real_data / "boxoffice"


def test_a_small_training_of_characters_beats_their_frequencies(real_data: Path) -> None:
    whole, small = evaluated("--row", "characters", "--content", real_data / "content")
    assert whole["value"] < 3.3  # type: ignore[operator]  # by frequencies alone: 3.33 in nats
    assert small["value"] == pytest.approx(whole["value"], abs=0.02)
    assert (whole["must"], whole["aim"]) == ("≤ 1.50", "< 1.4697")


def test_what_a_hardly_trained_writer_writes_is_fountain_no_copy_and_timed(
    folders: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "read_pieces", with_a_letter_of_its_own)
    named = ("--row", "fountain", "--row", "copies", "--row", "speed")
    found = {str(each["what"]): each for each in evaluated(*folders, *named, "--checkpoints", tmp_path)}
    assert found["valid, of 1"]["value"] == 1.0
    assert found["8-word spans copied, of 1"]["value"] < 0.01  # type: ignore[operator]
    times, plain = re.findall(r"[\d.]+", str(found["float32 with cache, 1 at once, tokens/s"]["beside"]))[::2]
    assert float(times) > 0 and float(plain) > 0, "how fast is for a machine at rest to say"
    assert "; 1 of 8 pieces have letters" in str(found["int8, nats a character of held-out pieces"]["beside"])
    assert list(tmp_path.glob("*/*/state.safetensors")), "the training is kept"


def test_a_row_that_is_not_there_or_lacks_a_folder_is_named() -> None:
    assert set(ROWS) >= {"characters", "copies", "fountain", "speed"}
    for arguments, words in (
        (("--row", "beauty"), "the rows are characters, copies"),
        (("--row", "characters"), "--content DIR"),
    ):
        done = CliRunner().invoke(app, ["evaluate", "scripts", *arguments], catch_exceptions=False)
        assert done.exit_code == 1 and words in done.stderr
