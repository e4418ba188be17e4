"""Great Expectations in the processes that Dagster's daemon starts: their main module has no file."""

import subprocess
import sys

from tests.commands import REPOSITORY


def test_the_library_is_there_in_a_process_without_a_main_file() -> None:
    program = "from pipelines.quality import load_library; print(load_library().__name__)"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "great_expectations", done.stderr[-800:]
