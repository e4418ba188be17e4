"""An error that one of our layers words itself reaches a person as a sentence, not as a traceback."""

from importlib import import_module

import pytest
import typer
from typer.testing import CliRunner

from pipelines.cli.main import Verbs

_ERRORS = ("streaming.errors", "jobs.errors", "models.base.errors", "pipelines.platform.errors")
ROOTS = [
    error
    for module in _ERRORS
    for error in vars(import_module(module)).values()
    if isinstance(error, type) and error.__bases__ == (Exception,)
]


@pytest.mark.parametrize("root", ROOTS, ids=lambda root: root.__name__)
def test_it_is_told_in_its_own_words(root: type[Exception]) -> None:
    verbs = typer.Typer(cls=Verbs)

    @verbs.command()
    def fails() -> None:
        raise root("run `make setup`")

    verbs.command("other")(lambda: None)
    done = CliRunner().invoke(verbs, ["fails"])
    assert (done.exit_code, done.stderr) == (1, f"{root.__name__}: run `make setup`\n")


def test_each_layer_has_its_errors() -> None:
    assert len(ROOTS) == len(_ERRORS)
