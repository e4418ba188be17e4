"""Classes of Spark's JVM, each looked up once: to find one by name, the JVM goes through the entries of all jars."""

from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession

# PySpark asks for these anew at every call, under these names.
_ASKED_FOR = {
    "org.apache.spark.sql.functions": "org.apache.spark.sql.functions",
    "functions": "org.apache.spark.sql.functions",
    "PythonUtils": "org.apache.spark.api.python.PythonUtils",
    "PythonSQLUtils": "org.apache.spark.sql.api.python.PythonSQLUtils",
}


def remember(context: SparkContext) -> None:
    """Answer PySpark's own questions from now on without the JVM."""
    for asked, name in _ASKED_FOR.items():
        setattr(context._jvm, asked, getattr(context._jvm, name))


def java_class(spark: SparkSession, name: str) -> Any:
    """The class of that full name, to be called from Python."""
    if name not in vars(spark._jvm):
        setattr(spark._jvm, name, getattr(spark._jvm, name))
    return getattr(spark._jvm, name)
