"""`python -m jobs.spark_classes`: writes Spark's class archive, from a session that does a little of what jobs do."""

from pathlib import Path
from tempfile import TemporaryDirectory

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from jobs import jvm
from jobs.session import spark_session
from jobs.settings import jars_folder
from streaming.broker import class_archive


def make() -> None:
    """Have a session write it at its end.

    Raises:
        MissingJars: there is no Delta.
        FileNotFoundError: it wrote none.
    """
    with class_archive.making(jars_folder()) as options, TemporaryDirectory() as folder:
        session = spark_session("classes", java_options=options)
        _work(session, Path(folder))
        jvm.end(session)


def _work(session: SparkSession, folder: Path) -> None:
    """Delta tables written, merged, streamed from one to the other, and grouped."""
    one, other = str(folder / "one"), str(folder / "other")
    rows = session.createDataFrame([(number, f"name {number}", number / 2) for number in range(100)], ["a", "b", "c"])
    rows.write.format("delta").save(one)
    merge = DeltaTable.forPath(session, one).alias("old").merge(rows.alias("new"), "old.a = new.a + 50")
    merge.whenNotMatchedInsertAll().execute()
    stream = session.readStream.format("delta").load(one).writeStream.format("delta").trigger(availableNow=True)
    stream.option("checkpointLocation", str(folder / "checkpoint")).start(other).awaitTermination()
    session.read.format("delta").load(other).groupBy("b").agg(F.sum("c"), F.max("a")).orderBy("b").toPandas()


if __name__ == "__main__":
    make()
