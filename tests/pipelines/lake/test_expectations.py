"""Great Expectations over tables: what holds, what is broken, what is empty; and in processes that Dagster starts."""

import subprocess
import sys

import pytest
from pyspark.sql import SparkSession

from jobs import local_frame
from pipelines.lake.expectations import audit
from tests.commands import REPOSITORY

_TABLE = "features/viewer_taste"
_COLUMNS = "viewer_id string, facet string, value string, as_of bigint, films int, share double, share_of_all double"
_GOOD = ("v1", "genre", "Crime", 7, 2, 0.5, 0.1)


@pytest.mark.spark
def test_a_table_that_keeps_to_its_suite_passes_in_all_of_it(spark: SparkSession) -> None:
    findings = audit(_TABLE, local_frame.of_rows(spark, [_GOOD], _COLUMNS), rows_expected=True)
    assert len(findings) > 5
    assert all(finding.passed for finding in findings)


@pytest.mark.spark
def test_each_broken_expectation_says_what_was_seen(spark: SparkSession) -> None:
    bad = ("v2", None, "Crime", 7, 0, 1.5, 0.1)
    findings = audit(_TABLE, local_frame.of_rows(spark, [_GOOD, bad], _COLUMNS), rows_expected=True)
    broken = {finding.name: finding.detail for finding in findings if not finding.passed}
    assert set(broken) == {"column_values_to_not_be_null facet", "column_values_to_be_between films"} | {
        "column_values_to_be_between share"
    }
    assert "unexpected_count 1" in broken["column_values_to_be_between share"]
    assert "1.5" in broken["column_values_to_be_between share"]


@pytest.mark.spark
@pytest.mark.parametrize("rows_expected", [True, False])
def test_an_empty_table_passes_only_where_no_rows_were_expected(spark: SparkSession, rows_expected: bool) -> None:
    (finding,) = audit(_TABLE, local_frame.of_rows(spark, [], _COLUMNS), rows_expected=rows_expected)
    assert finding.passed is not rows_expected
    assert finding.detail.startswith("empty")


def test_the_library_is_there_in_a_process_without_a_main_file() -> None:
    program = "from pipelines.lake.expectations import load_library; print(load_library().__name__)"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, cwd=REPOSITORY)
    assert done.stdout.strip() == "great_expectations", done.stderr[-800:]


@pytest.mark.spark
def test_a_viewer_and_film_have_one_row_of_a_history(spark: SparkSession) -> None:
    rows = [("v1", "f1", 5, 1.0, 9), ("v1", "f2", 6, 0.0, 9), ("v2", "f1", 5, 3.0, 9)]
    names = "viewer_id string, film_id string, at bigint, strength double, as_of bigint"

    def failed(told: list[tuple[str, str, int, float, int]]) -> list[str]:
        found = audit("features/interaction_sequence", spark.createDataFrame(told, names), rows_expected=True)
        return [finding.name for finding in found if not finding.passed]

    assert failed(rows) == []
    assert failed([*rows, rows[0]]) == ["compound_columns_to_be_unique"]
