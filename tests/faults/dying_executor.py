"""Bronze and silver on two executors in processes of their own, one of which is killed in mid-task. Run by the test.

An executor is stopped before: so tasks are under way on it when it is killed, however short they are.
"""

import os
import signal
import sys
import threading
import time

import psutil
from pyspark.sql import SparkSession

from jobs import bronze
from jobs.lake import Lake
from jobs.session import spark_session
from jobs.silver import main as silver

_STUCK_S = 2.0


def _kill_one(session: SparkSession) -> None:
    while len(executors := _executors()) < 2:
        time.sleep(0.05)
    executor, other = executors[:2]
    executor.suspend()
    while not _under_way(session):
        time.sleep(0.05)
    time.sleep(_STUCK_S)  # what the other one had is done by now
    left = _under_way(session)
    os.kill(executor.pid, signal.SIGKILL)
    print(f"killed {executor.pid} beside {other.pid}: {left} tasks under way", flush=True)


def _executors() -> list[psutil.Process]:
    """Java's processes; what starts one, a shell or the launcher of its command, names it, too."""
    family = psutil.Process().children(recursive=True)
    told = [(each, each.as_dict(["name", "cmdline"])) for each in family if each.is_running()]
    java = [(each, facts["cmdline"] or []) for each, facts in told if facts["name"] == "java"]
    return [each for each, words in java if any(word.endswith("CoarseGrainedExecutorBackend") for word in words)]


def _under_way(session: SparkSession) -> int:
    tracker = session.sparkContext.statusTracker()
    stages = (tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds())
    return sum(stage.numActiveTasks for stage in stages if stage)


def main(bootstrap: str, lake: Lake) -> None:
    """Topics → bronze → silver, with one executor less in the middle of silver."""
    session = spark_session("executors")
    bronze.start(session, lake, bootstrap).awaitTermination()
    killer = threading.Thread(target=_kill_one, args=(session,))
    killer.start()
    silver.start(session, lake).awaitTermination()
    killer.join()


if __name__ == "__main__":
    main(sys.argv[1], Lake(sys.argv[2], sys.argv[3]))
