"""The environment of the Spark jobs, read here and nowhere else."""

import os
from pathlib import Path

from jobs.errors import BadSetting

_PERIODS = ("week", "month", "quarter")

REPOSITORY = Path(__file__).resolve().parent.parent


def spark_master() -> str:
    """`CINELOOP_SPARK_MASTER`, or all cores of this machine."""
    return os.environ.get("CINELOOP_SPARK_MASTER", "local[*]")


def driver_memory() -> str:
    """`CINELOOP_DRIVER_MEMORY`, or two gigabytes."""
    return os.environ.get("CINELOOP_DRIVER_MEMORY", "2g")


def period() -> str:
    """`CINELOOP_PERIOD`: by which calendar period the audience's tastes are summed up, a month by default.

    Raises:
        BadSetting: it is no week, month or quarter.
    """
    kind = os.environ.get("CINELOOP_PERIOD", "") or "month"
    if kind not in _PERIODS:
        raise BadSetting(f"CINELOOP_PERIOD is {kind!r:.40}: set it to {', '.join(_PERIODS)}, or unset it for month")
    return kind


def jars_folder() -> Path:
    """Where `make setup` put Spark's Kafka and Delta jars: `CINELOOP_JARS`/spark."""
    return Path(os.environ.get("CINELOOP_JARS", REPOSITORY / ".setup" / "jars")) / "spark"
