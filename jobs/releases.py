"""`releases/segment_taste`: the published tastes of segments; a period is published once and never changed.

Events that come later change no row: two publications of one period, subtracted, would show who was added.
"""

from typing import TYPE_CHECKING

from jobs.lake import Lake

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

SEGMENT_TASTE = "releases/segment_taste"
_SCHEMA = """period date, kind string, cycle int, segment_facet string, segment string, facet string, value string,
    viewers bigint, share double, error double, share_of_all double"""


def append(spark: "SparkSession", lake: Lake, rows: "pd.DataFrame") -> None:
    """Write to the lake the periods that were not published before, in one commit."""
    from jobs import local_frame  # Spark's types: verbs that read the name of the table are not to wait for them

    local_frame.of_pandas(spark, rows, _SCHEMA).write.format("delta").mode("append").save(lake.path(SEGMENT_TASTE))
