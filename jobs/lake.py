"""The lake: which Delta table stands where, and the one way to append to it exactly once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.errors import MissingTable
from jobs.jvm import java_class

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Lake:
    """A folder or object-store prefix that holds the tables, and where the streams keep their checkpoints."""

    root: str
    checkpoints: str

    def path(self, table: str) -> str:
        """`silver/viewing` → where that table stands."""
        return f"{self.root.rstrip('/')}/{table}"

    def checkpoint(self, stream: str) -> str:
        """Where the stream that writes `stream` (bronze, silver) keeps its checkpoint."""
        return f"{self.checkpoints.rstrip('/')}/{stream}"

    def exists(self, spark: "SparkSession", table: str) -> bool:
        """Whether the table has been written at least once."""
        tables = java_class(spark, "io.delta.tables.DeltaTable")
        return bool(tables.isDeltaTable(spark._jsparkSession, self.path(table)))

    def read(self, spark: "SparkSession", table: str, version: int | None = None) -> "DataFrame":
        """Read the table as it is, or as it was at a version.

        Raises:
            MissingTable: nothing has been written there yet.
        """
        if not self.exists(spark, table):
            raise MissingTable(f"{self.path(table)} does not exist: run `cineloop run --once` to fill the lake")
        reader = spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        return reader.load(self.path(table))

    def version(self, spark: "SparkSession", table: str) -> int:
        """Read the number of the table's newest commit."""
        return int(snapshot(spark, self.path(table)).version())

    def replace(self, rows: "DataFrame", table: str, column: str, value: int) -> None:
        """Write rows that have `value` in `column` in the place of those in the table that have it, in one commit.

        A value above all that were written so is appended: there is nothing to look for.
        """
        spark, path = rows.sparkSession, self.path(table)
        standing = self.exists(spark, table)
        last = transactions(spark, path).get(column) if standing else None
        writer = rows.write.format("delta").mode("append")
        if last is None or value > last:
            writer = writer.option("txnAppId", column).option("txnVersion", value)
        if standing and (last is None or value <= last):
            writer = writer.mode("overwrite").option("replaceWhere", f"{column} = {value}")
        writer.save(path)


def snapshot(spark: "SparkSession", path: str) -> Any:
    """Read Delta's own view of a table's newest state: version, transactions and properties without a Spark job."""
    logs = java_class(spark, "org.apache.spark.sql.delta.DeltaLog")
    return logs.forTableWithSnapshot(spark._jsparkSession, path)._2()


def transactions(spark: "SparkSession", path: str) -> dict[str, int]:
    """Who has written to a table with transactions of its own, and the number of the last."""
    state = snapshot(spark, path)
    noted = state.checksumOpt()
    # The checksum beside a commit has them, and saves a Spark job over the log.
    listed = noted.get().setTransactions() if noted.isDefined() else noted
    found = listed.get() if listed.isDefined() else state.setTransactions()
    return {found.apply(i).appId(): found.apply(i).version() for i in range(found.length())}


@dataclass(frozen=True)
class Commit:
    """A writer and the number of its batch: Delta drops a commit whose pair it has seen already.

    Source: Delta Lake's documentation, "Idempotent table writes in foreachBatch".
    """

    writer: str
    batch: int

    def append(self, frame: "DataFrame", path: str) -> None:
        """Append `frame` unless this batch of this writer is in the table already."""
        (
            frame.write.format("delta")
            .options(**_pruned_by(frame))
            .mode("append")
            .option("txnAppId", self.writer)
            .option("txnVersion", self.batch)
            .option("mergeSchema", "true")  # a table that exists takes a new column on; its earlier rows hold null
            .save(path)
        )


def _pruned_by(frame: "DataFrame") -> dict[str, str]:
    """Of which columns a new table's files keep the least and the most: of the time by which they are looked up."""
    return {"delta.dataSkippingStatsColumns": "occurred_at"} if "occurred_at" in frame.columns else {}
