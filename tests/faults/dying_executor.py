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
    family = psutil.Process().children(recursive=True)
    executor, other = [each for each in family if "CoarseGrainedExecutorBackend" in " ".join(each.cmdline())]
    executor.suspend()
    while not _under_way(session):
        time.sleep(0.05)
    time.sleep(_STUCK_S)  # what the other one had is done by now
    left = _under_way(session)
    os.kill(executor.pid, signal.SIGKILL)
    print(f"killed {executor.pid} beside {other.pid}: {left} tasks under way", flush=True)


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
