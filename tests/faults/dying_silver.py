"""A silver job that kills its own process, Spark and all, right after its first table is written and before its
stream commits. Run by the test, in a process of its own.
"""

import os
import signal
import subprocess
import sys

from jobs.lake import Commit, Lake
from jobs.session import spark_session
from jobs.silver import main as silver

real = Commit.append


def append_and_die(self: Commit, frame: object, path: str) -> None:
    real(self, frame, path)  # type: ignore[arg-type]
    print(f"dies after {path}", flush=True)
    children = subprocess.run(["pgrep", "-P", str(os.getpid())], capture_output=True, text=True).stdout.split()
    for process in [*children, str(os.getpid())]:
        os.kill(int(process), signal.SIGKILL)


if __name__ == "__main__":
    Commit.append = append_and_die  # type: ignore[method-assign]
    silver.start(spark_session("dying"), Lake(sys.argv[1], sys.argv[2])).awaitTermination()
