"""The script desk: drafts that are new, exports that other programs read, and words for all that can be given wrong."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.main import get_command
from typer.testing import CliRunner, Result

from models.screenplay.lines import meant, parsed
from models.scripts.asked import Ask, WritingSettings
from models.scripts.copies import TrainingText
from models.training.journal import Journal
from pipelines.cli.main import app
from pipelines.platform.errors import NotNew
from pipelines.platform.state import State
from pipelines.scripts.files import export
from pipelines.scripts.writing.drafting import draft, new_drafts
from pipelines.scripts.writing.train import fit_writer
from tests.models.script_pieces import pieces

COPY = "We know the way to the old house by the river and so does he."
NEW = "Nobody has said this before in exactly these few words, I am sure of it."
SETTINGS = WritingSettings(length=40)


class Copier:
    """Writes by its seed: a copy, or something new."""

    name = "copier"
    training_text = TrainingText.of([COPY])

    def __init__(self, *copies: int) -> None:
        self.copies = copies

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        return [COPY if ask.seed in self.copies else f"{NEW} {ask.seed}" for ask in asks]


def test_a_copy_is_drawn_again_with_the_next_seed() -> None:
    made = draft(Copier(4, 5), Ask(seed=4), SETTINGS)  # type: ignore[arg-type]
    assert (made.seed, made.refused, made.text) == (6, (4, 5), f"{NEW} 6")
    assert made.copied is not None and made.copied.copied == 0


def test_nothing_is_called_new_that_is_not() -> None:
    with pytest.raises(NotNew, match=r"5 drafts up to seed 4 were copies: 100% of .* 'we know the way.* --temperature"):
        draft(Copier(*range(9)), Ask(), SETTINGS)  # type: ignore[arg-type]


def test_of_many_drafts_only_copies_are_drawn_again() -> None:
    made = new_drafts(Copier(1), [Ask(seed=0), Ask(seed=1)], SETTINGS)  # type: ignore[arg-type]
    assert [(each.seed, each.refused) for each in made] == [(0, ()), (2, (1,))]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which a small writer was trained."""
    root = tmp_path_factory.mktemp("desk")
    small: dict[str, Any] = {"width": 32, "blocks": 1, "heads": 2, "context": 64, "batch": 8, "rate": 1e-2}
    writer = fit_writer(pieces(), Journal(), steps=100, size=160, spans=(512,), **small)
    writer.training_text = TrainingText.of([COPY])  # type: ignore[attr-defined]  # all that this writer knows are copies
    writer.save(State.at(root).writer)
    return root


def said(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["script", *map(str, arguments)], catch_exceptions=False)


def drafted(state: Path, *arguments: object) -> Result:
    return said("draft", "--state", state, "--length", 40, *arguments)


def test_a_draft_is_fountain_and_the_same_for_the_same_seed(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "draft.fountain"
    asked = ("--premise", "A story in which we drive all night.", "--genre", "Crime", "--tone", "dark", "--seed", 3)
    first = drafted(state, *asked, "--out", out)
    assert first.exit_code == 0, first.output
    assert meant(out.read_text()) == parsed(out.read_text()) and out.read_text().startswith("EXT. ")
    told = json.loads(drafted(state, *asked, "--json").stdout)
    assert told["text"] == out.read_text() and told["seed"] == 3 and told["copied_share"] == 0.0
    assert re.search(r"seed 3; \d+ words, 0\.0% of the 8-word spans stand", first.stderr)
    assert out.read_text() != drafted(state, *asked[:-1], 4).stdout


def test_a_fragment_is_kept_and_gone_on_with(state: Path, tmp_path: Path) -> None:
    begun = tmp_path / "begun.fountain"
    begun.write_text("\ufeffEXT. ROAD - DAY\r\n\r\nThey say that a hard rain.\r\n\r\nANNA\r\n", encoding="utf-8")
    text = drafted(state, "--continue", begun).stdout
    assert text.startswith("EXT. ROAD - DAY\n\nThey say that a hard rain.\n\nANNA\n")
    assert parsed(text)[2] == ("character", "ANNA") and len(parsed(text)) > 3


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"\n \n", "is empty: write a scene heading"),
    "large": (b"a" * 10_000_000, "has 10,000,000 bytes and a script at most 2,000,000"),
    "binary": (b"\x89PNG\0\1\2", "is binary (a zero byte at 4)"),
    "latin-1": ("INT. CAFÉ\n\nHe waits.".encode("latin-1"), "is not UTF-8 (byte 0xc9 at 8): convert it"),
    "utf-16": ("INT. ROOM\n\nHe waits.".encode("utf-16"), "is binary (a zero byte at"),
    "unclosed": (b"INT. ROOM\n\n/* He waits.", "the comment that opens in line 3 with /*"),
    "letters": ("INT. ROOM\n\nОн ждёт.".encode(), "unknown to the writer"),
    "aside": (b"INT. ROOM\n\nANN\n(softly\nHush.\n\nHe waits.", "line 4 opens a parenthetical that is never closed"),
    "language": (b"INT. ROOM\n\nEr wartet auf den letzten Zug nach Berlin und friert.", "words the writer knows"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_that_cannot_be_gone_on_with_is_named(fault: str, state: Path, tmp_path: Path) -> None:
    content, words = BROKEN[fault]
    path = tmp_path / "script.fountain"
    path.write_bytes(content)
    done = drafted(state, "--continue", path)
    assert done.exit_code == 1 and words in done.stderr and "Traceback" not in done.output
    if fault in ("empty", "large", "binary", "latin-1", "utf-16"):
        done = said("export", path, "--out", tmp_path / "script.html")
        assert done.exit_code == 1 and words in done.stderr and not (tmp_path / "script.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--genre", "Western"), "UnknownHeader: the writer has not learned genre:Western; it knows genre:Comedy"),
        (("--premise", "Чай"), "UnknownText"),
        (("--continue", "nowhere.fountain"), "is not there: name a Fountain file"),
        (("--model", "nowhere"), "has no config.json"),
    ],
)
def test_what_is_asked_wrong_is_named(arguments: tuple[str, ...], words: str, state: Path) -> None:
    done = drafted(state, *arguments)
    assert done.exit_code == 1 and words in done.stderr


def test_where_nothing_can_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    done = drafted(tmp_path / "nothing was trained here", "--out", tmp_path)
    assert done.exit_code == 1 and "is a folder: name a file, such as --out" in done.stderr
    (tmp_path / "file").touch()
    done = drafted(tmp_path / "nothing was trained here", "--out", tmp_path / "file" / "draft.fountain")
    assert done.exit_code == 1 and "cannot be made" in done.stderr and "--out" in done.stderr


def test_no_seed_is_below_0() -> None:
    groups = {name: get_command(app).commands[name].commands for name in ("script", "evaluate")}  # type: ignore[attr-defined]
    seeded = [
        (group, name)
        for group, verbs in groups.items()
        for name, verb in verbs.items()
        if any(option.name == "seed" for option in verb.params)
    ]
    assert len(seeded) > 12
    for verb in seeded:
        done = CliRunner().invoke(app, [*verb, "--seed", "-1"], env={"COLUMNS": "200"})
        assert done.exit_code == 2 and "should be greater than or equal to 0" in done.stderr, (verb, done.stderr)


def test_before_any_training_the_cure_is_named(tmp_path: Path) -> None:
    done = drafted(tmp_path)
    assert done.exit_code == 1 and "run `cineloop script train --content DIR --boxoffice DIR`" in done.stderr


def test_training_goes_into_the_state(tmp_path: Path) -> None:
    plays = tmp_path / "content" / "plays" / "pinero_mind_the_paint_girl.txt"
    verse = tmp_path / "content" / "tinyshakespeare" / "input.txt"
    for path in (plays, verse):
        path.parent.mkdir(parents=True)
    speeches = [f"ANNA.\n\nI have {n} sweet cats.\n\nBEN.\n\nAnd I have {n} cold cars.\n" for n in range(60)]
    plays.write_text("THE FIRST ACT\n\n" + "\n".join(speeches) + "\nEnd of Project Gutenberg", encoding="latin-1")
    verse.write_text("\n\n".join(f"All:\nWe speak {n} times." for n in range(60)))
    state = tmp_path / "state"
    teach = ("train", "--content", tmp_path / "content", "--steps", 2, "--state", state)
    assert "name one of characters, subwords" in said(*teach, "--member", "poet").stderr
    done = said(*teach, "--member", "characters")
    assert done.exit_code == 0 and f"the writer is at {state / 'writer'}" in done.stdout, done.output
    assert "characters: step 2 of 2, loss" in done.stderr
    text = said("draft", "--state", state, "--length", 30).stdout
    assert meant(text) == parsed(text) != []
    done = said("train", "--state", tmp_path / "none")
    assert done.exit_code == 1 and "0 tokens to learn from" in done.stderr


SCREENPLAY = (
    "INT. CAFÉ - DAY\n\nA & B wait.\n\nROPER (V.O.)\n(softly)\nHullo <there>.\n\nCUT TO:\n\nEXT. STREET\n\nRain.\n"
)


def test_exports_say_what_the_screenplay_says(tmp_path: Path) -> None:
    script = tmp_path / "script.fountain"
    script.write_text(SCREENPLAY, encoding="utf-8")
    outs = [tmp_path / "out" / f"script.{ending}" for ending in ("fdx", "html", "PDF")]
    done = said("export", script, *(word for out in outs for word in ("--out", out)))
    assert done.exit_code == 0 and done.stdout.split() == [str(out) for out in outs]
    paragraphs = ElementTree.fromstring(outs[0].read_bytes()).findall(".//Paragraph")
    assert [(each.get("Type"), "".join(each.itertext()).strip()) for each in paragraphs] == [
        ("Scene Heading", "INT. CAFÉ - DAY"),
        ("Action", "A & B wait."),
        ("Character", "ROPER (V.O.)"),
        ("Parenthetical", "(softly)"),
        ("Dialogue", "Hullo <there>."),
        ("Transition", "CUT TO:"),
        ("Scene Heading", "EXT. STREET"),
        ("Action", "Rain."),
    ]
    page = outs[1].read_text()
    assert "<h6>INT. CAF&#201; - DAY</h6>" in page and "Hullo &lt;there&gt;." in page
    assert outs[2].read_bytes().startswith(b"%PDF-") and len(outs[2].read_bytes()) > 1000


def test_a_format_that_is_not_known_is_named(tmp_path: Path) -> None:
    script = tmp_path / "script.fountain"
    script.write_text(SCREENPLAY, encoding="utf-8")
    done = said("export", script, "--out", tmp_path / "script.doc")
    assert done.exit_code == 1 and "end it in .fdx, .html, .pdf" in done.stderr
    assert export(SCREENPLAY, tmp_path / "script.html").is_file()


@pytest.mark.parametrize(("rest", "words"), [("/* a thought", "comment that opens in line 15"), ("[[ a", "note that")])
def test_what_is_open_is_not_exported(rest: str, words: str, tmp_path: Path) -> None:
    script, out = tmp_path / "script.fountain", tmp_path / "script.html"
    script.write_text(f"{SCREENPLAY}\n{rest}\n", encoding="utf-8")
    done = said("export", script, "--out", out)
    assert done.exit_code == 1 and words in done.stderr and str(script) in done.stderr and not out.exists()
