"""The environment of the Spark jobs, read here and nowhere else."""

import os
from pathlib import Path

from jobs.errors import BadSetting
from streaming.settings import jars_root

_PERIODS = ("week", "month", "quarter")
_QUERIES = ("compiled", "interpreted")


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
    return _read_choice(_PERIODS, "CINELOOP_PERIOD", "month")


def queries() -> str:
    """`CINELOOP_QUERIES`: how Spark evaluates expressions, `compiled` (the default) or `interpreted`.

    To generate and compile classes for a query can take more of the processor than its rows do without, where they are
    few.

    Raises:
        BadSetting: it is neither.
    """
    return _read_choice(_QUERIES, "CINELOOP_QUERIES", "compiled")


def batch_records() -> int:
    """`CINELOOP_BATCH_RECORDS`: how many records a stream takes at once, a million by default.

    A batch is held in memory; small ones cost a commit each.

    Raises:
        BadSetting: it is no whole number above 0.
    """
    text = os.environ.get("CINELOOP_BATCH_RECORDS", "") or "1000000"
    if not text.isdecimal() or int(text) == 0:
        raise BadSetting(f"CINELOOP_BATCH_RECORDS is {text!r:.40}: set it to a whole number above 0, or unset it")
    return int(text)


def _read_choice(kinds: tuple[str, ...], name: str, default: str) -> str:
    kind = os.environ.get(name, "") or default
    if kind not in kinds:
        raise BadSetting(f"{name} is {kind!r:.40}: set it to {', '.join(kinds)}, or unset it for {default}")
    return kind


def jars_folder() -> Path:
    """Where `make setup` put Spark's Kafka and Delta jars."""
    return jars_root() / "spark"
