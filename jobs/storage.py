"""Reading small files wherever the lake is (a disk, an object store), through Spark's own file systems."""

from typing import Any

from pyspark.sql import SparkSession

from jobs.jvm import java_class


def read_text(spark: SparkSession, path: str) -> str | None:
    """Read a file's text; None where there is no such file."""
    file, system = _path_and_file_system(spark, path)
    if not system.exists(file):
        return None
    stream = system.open(file)
    try:
        return bytes(stream.readAllBytes()).decode(errors="replace")
    finally:
        stream.close()


def names(spark: SparkSession, path: str) -> list[str]:
    """List the names in a folder; none where there is no such folder."""
    file, system = _path_and_file_system(spark, path)
    return sorted(entry.getPath().getName() for entry in system.listStatus(file)) if system.exists(file) else []


def remove(spark: SparkSession, path: str) -> None:
    """Delete a folder and all below it, if it is there."""
    file, system = _path_and_file_system(spark, path)
    system.delete(file, True)


def _path_and_file_system(spark: SparkSession, path: str) -> tuple[Any, Any]:
    """Hadoop's path and the file system that holds it, as Java objects."""
    file = java_class(spark, "org.apache.hadoop.fs.Path")(path)
    return file, file.getFileSystem(spark._jsc.hadoopConfiguration())
