"""The steps of the set-up in their order: Java beside the Python packages, then the jars, which need both."""

import fcntl
from concurrent.futures import ThreadPoolExecutor

from pipelines.setup import environment, jars, java
from pipelines.setup.settings import SETUP


def make_ready() -> None:
    """Do what is not done yet; a second set-up at the same time waits for the first.

    Raises:
        SetupError: something is missing that cannot be provided; it holds the command that does.
    """
    SETUP.mkdir(exist_ok=True)
    with (SETUP / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor() as pool:
            installing = None if java.is_there() else pool.submit(java.install_java)
            environment.ensure()
            if installing:
                installing.result()
        jars.ensure()
