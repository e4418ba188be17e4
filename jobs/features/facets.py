"""Facets of films: genre, decade, country, people; a row a film and value."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_YEAR = r"\(([12]\d{3})\)\s*$"  # a title's own, where no release date is told


def facets_of(films: DataFrame, *wanted: str) -> DataFrame:
    """A row a film (its newest description) → film_id, facet (those wanted: genre, decade, country, person), value."""
    year = F.coalesce(F.year("release_date"), F.regexp_extract("title", _YEAR, 1).try_cast("int"))
    decade = F.concat((F.floor(year / 10) * 10).cast("string"), F.lit("s"))
    named = {
        "genre": F.col("genres"),
        "person": F.col("people"),
        "country": F.col("countries"),
        "decade": F.array(decade),
    }
    parts = F.array_distinct(F.flatten(F.array(*(_facet_structs(facet, named[facet]) for facet in wanted))))
    return films.select("film_id", F.inline(parts))


def _facet_structs(facet: str, values: Column) -> Column:
    present = F.filter(F.coalesce(values, F.array().cast("array<string>")), lambda value: value.isNotNull())
    return F.transform(present, lambda value: F.struct(F.lit(facet).alias("facet"), value.alias("value")))
