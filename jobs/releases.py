"""`releases/segment_taste`: what was published of the audience's tastes, each period once and for good.

Events that come later change no row: two publications of one period, subtracted, would show who was added.
"""

import pandas as pd
from pyspark.sql import SparkSession

from jobs import local_frame
from jobs.lake import Lake

SEGMENT_TASTE = "releases/segment_taste"
_SCHEMA = """period date, kind string, cycle int, segment_facet string, segment string, facet string, value string,
    viewers bigint, share double, error double, share_of_all double"""


def append(spark: SparkSession, lake: Lake, rows: pd.DataFrame) -> None:
    """Add periods that were not published before, in one commit."""
    local_frame.of_pandas(spark, rows, _SCHEMA).write.format("delta").mode("append").save(lake.path(SEGMENT_TASTE))
