"""What the lake accepts: the first rule that a row breaks is the reason for its quarantine."""

from functools import cache

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.silver.parse import DAYS_OF_FILMS, day_of
from streaming.events import EVENT_MODELS, FilmDescribed
from streaming.plausible import (
    AHEAD_MS,
    ANNOUNCED_YEARS,
    BOUNDS,
    DAY_MS,
    EARLIEST_DAY,
    EARLIEST_MS,
    MOST_A_DAY,
    UNKNOWN_FILM,
)
from streaming.topics import INPUTS, topic_of

_ACCEPTED = {name: topic_of(name).name for name in EVENT_MODELS if topic_of(name) in INPUTS}


def judged(rows: DataFrame, known_films: DataFrame) -> DataFrame:
    """Parsed rows with `reason` (null where accepted); `known_films` is one row a film_id, without doubles.

    An unknown film is the last of the rules: a row that has this reason breaks no other.
    """
    known = F.broadcast(known_films.select(F.col("film_id").alias("known_film")))
    joined = rows.join(known, on=rows["body.film_id"] == known["known_film"], how="left")
    return joined.withColumn("reason", reason()).drop("known_film")


def described_films(judged: DataFrame) -> DataFrame:
    """The films that judged rows describe, one row a film_id."""
    described = judged.where((F.col("type") == FilmDescribed.type) & F.col("reason").isNull())
    return described.select("body.film_id").distinct()


def judged_by_descriptions(judged: DataFrame) -> DataFrame:
    """Judged rows; an unknown film that they themselves describe is no reason any more."""
    films = F.broadcast(described_films(judged).withColumnRenamed("film_id", "described_film"))
    joined = judged.join(films, on=judged["body.film_id"] == films["described_film"], how="left")
    pardoned = F.coalesce((F.col("reason") == UNKNOWN_FILM) & F.col("described_film").isNotNull(), F.lit(False))
    return joined.withColumn("reason", F.when(~pardoned, F.col("reason"))).drop("described_film")


@cache
def reason() -> Column:
    """The first broken rule, in the order in which a reader would look for it."""
    body = F.col("body")
    return F.coalesce(
        _when(F.col("event_id").isNull(), "no ce_id header"),
        _when(F.col("type").isNull(), "no ce_type header"),
        _when(~F.col("type").isin(*_ACCEPTED), F.concat(F.lit("unknown type "), F.col("type"))),
        _when(F.col("topic") != _home(), F.concat(F.lit("type of another topic: "), F.col("type"))),
        _when(F.col("value").isNull(), "empty body"),
        _when(body["malformed"].isNotNull() | body.isNull(), "malformed body"),
        *(_missing(field, kinds) for field, kinds in _required().items()),
        _when(body["occurred_at"] < EARLIEST_MS, "time before 1895"),
        _when(body["occurred_at"] > F.unix_millis("appended_at") + AHEAD_MS, "time in the future"),
        *(_when(~body[name].between(*bounds), f"{name} out of range") for name, bounds in BOUNDS.items()),
        _when(F.isnan(body["gross"]) | (body["gross"] < 0) | (body["gross"] > MOST_A_DAY), "gross out of range"),
        *(_when(_no_date(body[field]), f"{field} is no date") for field in ("date", *DAYS_OF_FILMS)),
        *(_when(day_of(body[field]) < EARLIEST_DAY, f"{field} before 1895") for field in ("date", *DAYS_OF_FILMS)),
        _when(_midnight_ms(body["date"]) - AHEAD_MS > body["occurred_at"], "date after its event"),
        *(_when(F.year(day_of(body[field])) > _last_year(), f"{field} too far ahead") for field in DAYS_OF_FILMS),
        _when(_is("viewing.read") & body["film_id"].isNotNull(), "a script has no film"),
        _when(~_is("film.described") & body["film_id"].isNotNull() & F.col("known_film").isNull(), UNKNOWN_FILM),
    )


def _when(broken: Column, why: str | Column) -> Column:
    return F.when(broken, why if isinstance(why, Column) else F.lit(why))


def _is(kind: str) -> Column:
    return F.col("type") == kind


def _home() -> Column:
    """The topic that carries a row's type."""
    pairs = [F.lit(part) for pair in _ACCEPTED.items() for part in pair]
    return F.create_map(*pairs)[F.col("type")]


def _no_date(text: Column) -> Column:
    return text.isNotNull() & day_of(text).isNull()


def _midnight_ms(text: Column) -> Column:
    return F.unix_date(day_of(text)).cast("bigint") * DAY_MS


def _last_year() -> Column:
    """By the append time: a film that is shown again is described as of its first showing, decades before."""
    return F.year("appended_at") + ANNOUNCED_YEARS


def _missing(field: str, kinds: list[str]) -> Column:
    return _when(F.col("type").isin(*kinds) & F.col("body")[field].isNull(), f"no {field}")


def _required() -> dict[str, list[str]]:
    """Field → the types that cannot be without it, as the event models say."""
    wanted: dict[str, list[str]] = {}
    for kind in _ACCEPTED:
        for name, field in EVENT_MODELS[kind].model_fields.items():
            if field.is_required() and name != "event_id":
                wanted.setdefault(name, []).append(kind)
    return wanted
