"""Compiles what our code imports, once: an environment may forbid processes to keep what they compile.

Each of them would then compile a hundred megabytes of libraries anew, which takes longer than most of what it is for.
"""

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pipelines.setup.command import run, step
from pipelines.setup.settings import REPOSITORY, SETUP, venv_python
from pipelines.setup.stamp import Stamp

_OURS = ("streaming", "jobs", "models", "pipelines", "dagster_project")
_STARTED = ("import dagster._daemon.cli", "import dagster_webserver.cli")  # by name, as programs
_FORBIDS = "PYTHONDONTWRITEBYTECODE"
_PROCESSES = 2
_STAMP = Stamp(SETUP / "stamps" / "bytecode")


def ensure(packages: str) -> None:
    """Have the bytecode of all that our code imports; `packages` is the fingerprint of those there are.

    Raises:
        SetupError: Python could not be started.
    """
    if _STAMP.matches(packages):
        return
    wanted = imports(REPOSITORY)
    if not wanted:  # an image's layer may hold the libraries, and our code come later
        return
    share = -(-len(wanted) // _PROCESSES)
    with step("bytecode of the libraries"), ThreadPoolExecutor(_PROCESSES) as pool:
        list(pool.map(_compile, [wanted[at : at + share] for at in range(0, len(wanted), share)]))
    _STAMP.write(packages)


def imports(repository: Path) -> list[str]:
    """The statements by which our code imports from libraries, in order; none where it is not there yet."""
    files = [file for package in _OURS for file in (repository / package).rglob("*.py")]
    found = {statement for file in files for statement in _of_libraries(ast.parse(file.read_bytes()))}
    ours_are_there = any(file.relative_to(repository).parts[0] != "pipelines" for file in files)
    return sorted({*found, *_STARTED}) if ours_are_there else []


def _of_libraries(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {each.name}" for each in node.names if _is_library(each.name))
        elif isinstance(node, ast.ImportFrom) and node.module and _is_library(node.module):
            yield ast.unparse(node)


def _is_library(module: str) -> bool:
    return module.partition(".")[0] not in {*_OURS, *sys.stdlib_module_names}


def _compile(statements: Sequence[str]) -> None:
    """Import in a process that may keep what it compiles."""
    allowed = {name: value for name, value in os.environ.items() if name != _FORBIDS}
    run(f"bytecode-{statements[0].split()[1]}", (venv_python(), "-m", __name__, *statements), allowed)


def _import(statements: Sequence[str]) -> None:
    for statement in statements:
        with suppress(Exception):  # what cannot be imported says so where it is needed
            exec(statement, {})


if __name__ == "__main__":
    _import(sys.argv[1:])
