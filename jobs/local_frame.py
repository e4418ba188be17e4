"""Frames made from rows of this process, by Arrow: Spark sees a constant, and starts no Python process to read it."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType


def of_rows(spark: SparkSession, rows: Sequence[Sequence[Any]], schema: str | StructType) -> DataFrame:
    """Rows of values in the schema's order; none make an empty frame, which Spark then plans nothing for."""
    fields = fields_of(schema)
    records = [dict(zip(fields.names, row, strict=True)) for row in rows]
    return spark.createDataFrame(pa.Table.from_pylist(records, schema=_arrow_schema(fields)), schema=fields)


def of_pandas(spark: SparkSession, frame: pd.DataFrame, schema: str) -> DataFrame:
    """The schema's columns of a pandas frame; what is missing there becomes null."""
    fields = fields_of(schema)
    chosen = frame[fields.names] if len(frame) else pd.DataFrame(columns=fields.names)
    table = pa.Table.from_pandas(chosen, schema=_arrow_schema(fields), preserve_index=False)
    return spark.createDataFrame(table, schema=fields)


def fields_of(schema: str | StructType) -> StructType:
    """A schema, also where it is written as DDL (`film_id string, …`)."""
    fields = StructType.fromDDL(schema) if isinstance(schema, str) else schema
    assert isinstance(fields, StructType)
    return fields


def _arrow_schema(fields: StructType) -> pa.Schema:
    return to_arrow_schema(fields, timezone="UTC")
