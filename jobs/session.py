"""The Spark session of a run: one a process, started from local jars so that it needs no network."""

import os
import shlex
import sys
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from jobs import jvm
from jobs.errors import MissingJars
from jobs.settings import driver_memory, jars_folder, queries, spark_master

# Without these no table is read, or a day is another's.
_NEEDED = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.session.timeZone": "UTC",
}
# A laptop's tables are small: hundreds of tasks or a UI cost more than the work itself.
_CONF = {
    "spark.databricks.delta.snapshotPartitions": "1",
    # The least and the most of every column of every file cost two fifths of a small write, and few tables are looked
    # up by them: those say by which.
    "spark.databricks.delta.properties.defaults.dataSkippingNumIndexedCols": "0",
    # Every tenth small write would take four times as long, for a checkpoint of the log.
    "spark.databricks.delta.properties.defaults.checkpointInterval": "100",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.python.sql.dataFrameDebugging.enabled": "false",  # three more calls to the JVM for each of a column
    "spark.sql.ui.explainMode": "simple",
    "spark.sql.maxPlanStringLength": "1000",
    "spark.sql.debug.maxToStringFields": "5",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",  # half of what snappy leaves of bronze
    "spark.sql.variant.allowDuplicateKeys": "true",  # of two keys of a name the last counts, as in Python
    "spark.sql.streaming.stopTimeout": "30s",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.warehouse.dir": "/tmp/cineloop-warehouse",
}
_JVM = (
    "-Djava.net.preferIPv4Stack=true",
    # Stopping a stream in mid-batch can unwind deep plans: the default stack overflows.
    "-Xss4m",
    # A run is short and wide: compiling its code to the last degree costs more than the code then saves.
    "-XX:+UseSerialGC",
    "-XX:Tier4InvocationThreshold=50000",
    "-XX:Tier4MinInvocationThreshold=6000",
    "-XX:Tier4CompileThreshold=150000",
    "-XX:Tier4BackEdgeThreshold=400000",
)
# How expressions are evaluated. Spark keeps a hundred classes; a loop makes more, and wants them again every cycle.
_QUERIES = {
    "compiled": {"spark.sql.codegen.cache.maxEntries": "2000"},
    "interpreted": {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"},
}


def spark_session(app: str) -> SparkSession:
    """The process's session, made at the first call, and active in the thread that asks for it.

    Where it was started by `spark-submit`, the submitter's own settings win, but for Delta's and the time zone.

    Raises:
        MissingJars: the jars are neither on the submitter's class path nor in the set-up's folder.
    """
    running = SparkSession.getActiveSession()
    if running is not None:  # to build it again would set each of its settings anew
        return running
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName(app)
    for name, value in configuration(_submitted_configuration()).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    jvm.remember(session)
    session.createDataFrame([], "nothing int")  # makes it this thread's active one, which getOrCreate does not
    return session


def configuration(submitted: SparkConf | None) -> dict[str, str]:
    """What to set on a session, beside what `spark-submit` brought; None where there was no submitter.

    Raises:
        MissingJars: without a submitter, and the set-up's folder lacks them.
    """
    chosen = _CONF | _QUERIES[queries()]
    if submitted is None:
        return _NEEDED | chosen | _placement_settings()
    return _NEEDED | {name: value for name, value in chosen.items() if not submitted.contains(name)}


def _submitted_configuration() -> SparkConf | None:
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        return None
    SparkContext._ensure_initialized()  # a SparkConf made before knows nothing of the submitter's Java
    return SparkConf()


def _placement_settings() -> dict[str, str]:
    """Where to run and which jars to take.

    In one process nobody outside it has to reach the driver; on a cluster its executors must.
    """
    here = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    return {
        **(here if spark_master().startswith("local") else {}),
        "spark.master": spark_master(),
        "spark.driver.memory": driver_memory(),
        "spark.driver.extraJavaOptions": shlex.join(_JVM),
        "spark.jars": ",".join(map(str, _spark_jars(jars_folder()))),
    }


def _spark_jars(folder: Path) -> list[Path]:
    """The jars in the folder; raises MissingJars if Delta's is not among them."""
    found = sorted(folder.glob("*.jar"))
    if not any("delta-spark" in jar.name for jar in found):
        raise MissingJars(f"{folder} holds {len(found)} jars and no delta-spark: run `make setup`")
    return found
