"""Bytes → columns: one struct holds the fields of all input events, null where a type has no such field."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from streaming.schema.bounds import DAYS, IDS, LINES, NAMES, PROSE

# One schema for all types: a record is parsed once, and its type decides which fields it must have.
BODY = """
    occurred_at bigint, viewer_id string, film_id string, slate_id string, position int, propensity double,
    fraction double, rating double, query string, campaign_id string, script_id string,
    date string, gross double, territory string, screens int, rank int,
    title string, genres array<string>, people array<string>, release_date string, budget double,
    synopsis string, distributor string, certificate string, runtime_minutes double,
    directors array<string>, writers array<string>, stars array<string>, companies array<string>,
    countries array<string>, languages array<string>, opens string, wide boolean, opening_theatres int,
    age_band string, gender string, occupation string,
    malformed string
"""
POSITION = ("topic", "partition", "offset")
_TEXTS = "|".join({*IDS, *LINES, *PROSE, *DAYS} - {"territory"})
# Spark makes text of whatever stands where text is wanted. In the type of a variant, its JSON shows.
_MISTYPED = (
    rf"[<,] ?((?:{_TEXTS}): (?!STRING|VOID)|territory: (?!STRING)|(?:{'|'.join(NAMES)}): (?!ARRAY<(?:STRING|VOID)>))"
)


def parsed(bronze: DataFrame) -> DataFrame:
    """Bronze rows with `event_id`, `type`, `source` from the headers and `body` from the value.

    `well_formed` is whether the value is one JSON object whose texts are texts.
    """
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "malformed"}
    text = F.col("value").cast("string")
    return bronze.select(
        *POSITION,
        "appended_at",
        "key",
        "value",
        "headers",
        header("ce_id").alias("event_id"),
        header("ce_type").alias("type"),
        header("ce_source").alias("source"),
        F.from_json(text, BODY, options).alias("body"),
        _is_well_formed(text).alias("well_formed"),
    )


def _is_well_formed(text: Column) -> Column:
    # Within brackets, for what follows the end of a value is not read.
    shape = F.schema_of_variant(F.try_parse_json(F.concat(F.lit("["), text, F.lit("]"))))
    is_object = shape.startswith("ARRAY<OBJECT<") & ~F.rlike(shape, F.lit(_MISTYPED))
    return F.coalesce(F.is_valid_utf8(text) & is_object, F.lit(False))


def header(name: str) -> Column:
    """The first header of that name, as text; null where there is none. Bytes that are no UTF-8 become U+FFFD."""
    found = F.filter("headers", lambda entry: entry["key"] == name)
    return F.make_valid_utf8(F.get(found, F.lit(0))["value"].cast("string"))


def kind() -> Column:
    """The kind of a row's type, `viewing` of `viewing.play`; null where it has no type."""
    return F.substring_index("type", ".", 1).alias("kind")


def day_of(text: Column | str) -> Column:
    """The day that a text names; null where it names none.

    Spark's own reading takes years of more than four digits, too, and fails at them.
    """
    return F.when(F.rlike(text, F.lit(r"^\d{4}-\d{2}-\d{2}$")), F.try_to_date(text, "yyyy-MM-dd"))
