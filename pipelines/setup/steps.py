"""The steps of the set-up: what needs not wait for another goes beside it."""

import fcntl
from concurrent.futures import Future, ThreadPoolExecutor

from pipelines.setup import bytecode, environment, jars, java
from pipelines.setup.settings import SETUP


def make_ready() -> None:
    """Do what is not done yet; a second set-up at the same time waits for the first.

    Raises:
        SetupError: something is missing that cannot be provided; it holds the command that does.
    """
    SETUP.mkdir(exist_ok=True)
    with (SETUP / "lock").open("w") as lock, ThreadPoolExecutor() as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        java_ready = None if java.is_there() else pool.submit(java.install_java)
        environment.ensure_venv()
        environment.ensure_pyspark()
        jars_ready = pool.submit(_fetch_jars, java_ready)
        environment.ensure_packages()
        bytecode.ensure(environment.packages_fingerprint())
        jars_ready.result()


def _fetch_jars(java_ready: Future[None] | None) -> None:
    if java_ready is not None:
        java_ready.result()
    jars.ensure()
