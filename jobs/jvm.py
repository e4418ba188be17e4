"""Access to Spark's JVM: cached look-ups of classes (each look-up searches all jars), and its end."""

from subprocess import Popen
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# PySpark asks for these anew at every call.
_SHORT_NAMES = {
    "functions": "org.apache.spark.sql.functions",
    "PythonUtils": "org.apache.spark.api.python.PythonUtils",
    "PythonSQLUtils": "org.apache.spark.sql.api.python.PythonSQLUtils",
}


def remember(spark: "SparkSession") -> None:
    """Cache in this process the classes that PySpark asks for at every call, by short and full names."""
    for short, name in _SHORT_NAMES.items():
        setattr(spark._jvm, short, java_class(spark, name))


def java_class(spark: "SparkSession", name: str) -> Any:
    """The class of that full name, to be called from Python."""
    if name not in vars(spark._jvm):
        setattr(spark._jvm, name, getattr(spark._jvm, name))
    return getattr(spark._jvm, name)


def end(spark: "SparkSession") -> None:
    """Stop the session and its JVM, and wait until that has ended."""
    java: Popen[bytes] = spark._sc._gateway.proc  # type: ignore[union-attr]
    spark.stop()
    java.communicate()  # closes its input, by which it knows that nobody wants it any more
