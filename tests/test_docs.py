"""What the pages say of the repository is so: paths, settings, verbs, decisions; and no command goes untested."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from pipelines.cli.main import app
from tests.commands import REPOSITORY
from tests.documents import blocks, pages

PRODUCT = ("streaming", "jobs", "models", "pipelines", "dagster_project")
_PATH = re.compile(rf"(?<![\w/.<>-])(?:{'|'.join(PRODUCT)}|tests|docs|docker)/[\w./-]*[\w/](?![\w<*])")
_MODULE = re.compile(r"(?<![\w/.<>-])[\w/-]+\.py\b")
# Scripts of others, and the names that files have in every room.
_ELSEWHERE = {"forecast_eval.py", "rec_eval.py"}
_IN_EVERY_ROOM = {f"{name}.py" for name in ("cycle", "train", "decide", "observe", "answer", "evaluate", "errors")}
_PLACEHOLDER = re.compile(r"[A-Z]{4}")
_SETTING = re.compile(r"CINELOOP_[A-Z_]*[A-Z]")
DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("0*.md"))


def _name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def _sources() -> list[Path]:
    return [path for package in PRODUCT for path in sorted((REPOSITORY / package).rglob("*.py"))]


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_every_path_that_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    named = {*_PATH.findall(text), *_MODULE.findall(text)} - _ELSEWHERE - _IN_EVERY_ROOM
    assert [path for path in sorted(named) if not _PLACEHOLDER.search(path) and not (REPOSITORY / path).exists()] == []


def test_every_path_that_the_code_names_exists() -> None:
    named = {(source, path) for source in _sources() for path in _PATH.findall(source.read_text())}
    assert [f"{_name(source)}: {path}" for source, path in sorted(named) if not (REPOSITORY / path).exists()] == []


def test_what_a_page_says_a_file_holds_is_there() -> None:
    """Such as `GUARDED` in `pipelines/lake/expectations.py`."""
    held = re.compile(r"`(\w+)` (?:of|in) `([\w/.]+)`")
    said = [match for page in pages() for match in held.findall(page.read_text()) if (REPOSITORY / match[1]).is_file()]
    assert said
    assert [match for match in said if not re.search(rf"\b{match[0]}\b", (REPOSITORY / match[1]).read_text())] == []


def test_every_setting_has_its_row() -> None:
    read = {name for source in _sources() for name in _SETTING.findall(source.read_text())}
    listed = set(re.findall(r"^\| `(CINELOOP_\w+)` \|", (REPOSITORY / "docs/settings.md").read_text(), flags=re.M))
    assert listed == read


def test_every_verb_is_among_the_commands() -> None:
    page = (REPOSITORY / "docs" / "commands.md").read_text()
    names = [command.name for command in app.registered_commands] + [group.name for group in app.registered_groups]
    assert [name for name in names if f"cineloop {name} " not in page] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_begins_with_itself_and_stands_in_the_index(page: Path) -> None:
    title, _, rest = page.read_text().partition("\n\n")
    decision = rest.partition("\n\n")[0].replace("\n", " ")
    assert decision.startswith("**Decision.** ")
    number, _, name = title.removeprefix("# ").partition(". ")
    row = f"| [{number}]({page.name}) | {name} | {decision.removeprefix('**Decision.** ')} |"
    assert row in page.with_name("index.md").read_text()


@pytest.mark.parametrize("page", pages(), ids=_name)
def test_a_command_is_tested_or_marked(page: Path) -> None:
    """Lines of `cineloop` are tried by test_readme.py, as is the one block of a job by hand."""
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), flags=re.M))
    lines = [line for block in blocks(page, "bash") if "spark-submit" not in block for line in block.splitlines()]
    others = [line for line in lines if line and not line.startswith(".venv/bin/cineloop ")]
    assert [line for line in others if not (line.startswith("make ") and line.split()[1] in targets)] == []
    assert blocks(page, "sh") + blocks(page, "shell") + blocks(page, "console") == []


def test_what_python_blocks_import_is_there() -> None:
    imports = r"^from ([\w.]+) import (.+)$"
    code = [block for page in pages() for block in blocks(page, "python")]
    found = [match for block in code for match in re.findall(imports, block, flags=re.M)]
    assert found
    for module, names in found:
        assert [name for name in names.split(", ") if not hasattr(import_module(module), name)] == []
