"""Classes of Spark's JVM, each looked up once: to find one by name, the JVM goes through the entries of all jars."""

from typing import Any

from pyspark.sql import SparkSession

# PySpark asks for these anew at every call.
_SHORT_NAMES = {
    "functions": "org.apache.spark.sql.functions",
    "PythonUtils": "org.apache.spark.api.python.PythonUtils",
    "PythonSQLUtils": "org.apache.spark.sql.api.python.PythonSQLUtils",
}


def remember(spark: SparkSession) -> None:
    """Answer PySpark's own questions from now on without the JVM, by the short and by the full names."""
    for short, name in _SHORT_NAMES.items():
        setattr(spark._jvm, short, java_class(spark, name))


def java_class(spark: SparkSession, name: str) -> Any:
    """The class of that full name, to be called from Python."""
    if name not in vars(spark._jvm):
        setattr(spark._jvm, name, getattr(spark._jvm, name))
    return getattr(spark._jvm, name)
