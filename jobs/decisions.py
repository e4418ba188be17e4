"""`decisions/{recommendations,forecasts}`: what was decided, a row a slate and film, or a film and day.

The cycle writes these tables before it sends the decisions to their topics; a repeated cycle replaces its rows.
"""

import pandas as pd
from pyspark.sql import SparkSession

from jobs import local_frame
from jobs.lake import Lake

RECOMMENDATIONS, FORECASTS = "decisions/recommendations", "decisions/forecasts"
SCHEMAS = {
    RECOMMENDATIONS: """slate_id string, viewer_id string, cycle int, occurred_at bigint, policy string,
        model string, model_version string, feature_version int, film_id string, position int,
        propensity double, score double, reason string""",
    FORECASTS: """forecast_id string, film_id string, cycle int, occurred_at bigint, model string,
        model_version string, feature_version int, date date, q10 double, q50 double, q90 double""",
}


def write(spark: SparkSession, lake: Lake, table: str, cycle: int, rows: pd.DataFrame) -> None:
    """Put a cycle's decisions in the place of those that it made before, if it did."""
    frame = local_frame.of_pandas(spark, rows, SCHEMAS[table])
    writer = frame.write.format("delta").mode("overwrite")
    if lake.exists(spark, table):
        writer = writer.option("replaceWhere", f"cycle = {cycle}")
    writer.save(lake.path(table))
