"""The environment of the Spark jobs, read here and nowhere else."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def spark_master() -> str:
    """`CINELOOP_SPARK_MASTER`, or all cores of this machine."""
    return os.environ.get("CINELOOP_SPARK_MASTER", "local[*]")


def driver_memory() -> str:
    """`CINELOOP_DRIVER_MEMORY`, or two gigabytes."""
    return os.environ.get("CINELOOP_DRIVER_MEMORY", "2g")


def jars_folder() -> Path:
    """Where `make setup` put Spark's Kafka and Delta jars: `CINELOOP_JARS`/spark."""
    return Path(os.environ.get("CINELOOP_JARS", REPOSITORY / ".setup" / "jars")) / "spark"
