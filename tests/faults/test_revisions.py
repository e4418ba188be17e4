"""What is published later of a day corrects it, whichever of the two came first."""

import json

import pytest
from pyspark.sql import SparkSession

from jobs.features.main import FEATURES, read_silver
from jobs.lake import Lake
from tests.jobs.bronze_rows import NOW_MS

pytestmark = [pytest.mark.fault, pytest.mark.kafka, pytest.mark.spark, pytest.mark.timeout(1200)]


def test_a_revised_day_stays_in_bronze_beside_the_first_and_corrects_it_whichever_came_first(
    spark: SparkSession, undisturbed: Lake
) -> None:
    held = {bytes(row["value"]) for row in undisturbed.read(spark, "bronze/events").select("value").collect()}
    for number in (3, 6):
        grosses = {float(json.loads(value)["gross"]) for value in held if f"2023-01-{number + 1:02d}".encode() in value}
        assert grosses == {1000.0 * number, 2500.0}
    panel = FEATURES["film_day"](read_silver(spark, undisturbed), NOW_MS + 1).collect()
    taken = {row["date"].day: row["gross"] for row in panel}
    assert (taken[4], taken[7], taken[5]) == (2500, 2500, 4000)
    assert len(taken) == len(panel) == 20
