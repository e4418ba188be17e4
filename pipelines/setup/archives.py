"""Class archives of the broker and Spark, for the tests: they start dozens of both."""

from concurrent.futures import ThreadPoolExecutor

from pipelines.setup import java
from pipelines.setup.command import run, say, step
from pipelines.setup.environment import packages_fingerprint
from pipelines.setup.errors import SetupError
from pipelines.setup.jars import JAR_SETS
from pipelines.setup.settings import SETUP, venv_python
from pipelines.setup.stamp import Stamp, fingerprint

_MAKERS = ("streaming.broker.broker_classes", "jobs.spark_classes")
_STAMP = Stamp(SETUP / "stamps" / "archives")


def ensure() -> None:
    """Have both; what wants them does without where Java cannot write them."""
    made_from = fingerprint(str(java.find()), packages_fingerprint(), *(jars.pins for jars in JAR_SETS))
    if _STAMP.matches(made_from):
        return
    try:
        with step("class archives of Kafka and Spark (for the tests)"), ThreadPoolExecutor() as pool:
            list(pool.map(lambda maker: run(maker, (venv_python(), "-m", maker)), _MAKERS))
    except SetupError as error:
        say(f"  - no class archives, so Kafka and Spark will start more slowly: {error}")
        return
    _STAMP.write(made_from)


if __name__ == "__main__":
    ensure()
