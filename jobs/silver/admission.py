"""What the lake accepts: the first rule that a row breaks is the reason for its quarantine.

The bounds of a single event are in `streaming/schema/bounds.py`, by which the serving app judges alike.
"""

from functools import cache

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from jobs.silver.parse import day_of
from streaming.kafka.topics import INPUTS, topic_of
from streaming.schema.bounds import (
    AHEAD_MS,
    ANNOUNCED_YEARS,
    BROKEN_IN_ID,
    CONTROL,
    DAY_MS,
    DAYS,
    DAYS_OF_FILMS,
    EARLIEST_DAY,
    EARLIEST_MS,
    IDS,
    LEAST,
    MOST_CHARACTERS,
    MOST_NAMES,
    MOST_OF_A_NAME,
    NAMES,
    NUMBERS,
    UNKNOWN_FILM,
)
from streaming.schema.events import EVENT_MODELS, FilmDescribed

_ACCEPTED = {name: topic_of(name).name for name in EVENT_MODELS if topic_of(name) in INPUTS}
_LONGEST_ID = 128
_NEVER_EMPTY = ("viewer_id", "film_id", "script_id")


def judged(rows: DataFrame, known_films: DataFrame) -> DataFrame:
    """Parsed rows with `reason` (null where accepted); `known_films` is one row a film_id, each once.

    An unknown film is the last of the rules: a row that has this reason breaks no other.
    """
    known = F.broadcast(known_films.select(F.col("film_id").alias("known_film")))
    joined = rows.join(known, on=rows["body.film_id"] == known["known_film"], how="left")
    return joined.withColumn("reason", reason()).drop("known_film")


@cache
def reason() -> Column:
    """The first broken rule, in the order in which a reader would look for it; null where none is."""
    body = F.col("body")
    return F.coalesce(
        *_readability_rules(),
        *(_missing_rule(field, kinds) for field, kinds in _required_fields().items()),
        _when(F.rlike(F.concat_ws("", "event_id", *_fields(IDS)), F.lit(BROKEN_IN_ID)), "broken characters in an id"),
        _when(body["occurred_at"] < EARLIEST_MS, "time before 1895"),
        _when(body["occurred_at"] > F.unix_millis("appended_at") + AHEAD_MS, "time in the future"),
        *(_when(~_is_in_bounds(name), f"{name} out of range") for name in NUMBERS),
        # What is too long stands in a record that is longer.
        F.when(F.octet_length("value") > min(MOST_CHARACTERS.values()), F.coalesce(*_length_rules())),
        _when(F.rlike(F.concat_ws("", *_fields((*MOST_CHARACTERS, *NAMES))), F.lit(CONTROL)), _CONTROLS),
        *(_when(_is_no_date(body[field]), f"{field} is no date") for field in DAYS),
        *(_when(day_of(body[field]) < EARLIEST_DAY, f"{field} before 1895") for field in DAYS),
        _when(_midnight_ms(body["date"]) - AHEAD_MS > body["occurred_at"], "date after its event"),
        *(_when(F.year(day_of(body[field])) > _last_year(), f"{field} too far ahead") for field in DAYS_OF_FILMS),
        _when(_type_is("viewing.read") & body["film_id"].isNotNull(), "a script has no film"),
        _when(~_type_is(FilmDescribed.type) & body["film_id"].isNotNull() & F.col("known_film").isNull(), UNKNOWN_FILM),
    )


_CONTROLS = "control characters in a text"


def _readability_rules() -> list[Column]:
    """What keeps a record from being an event of a type that is ours."""
    body = F.col("body")
    broken = ~F.col("well_formed") | body.isNull() | body["malformed"].isNotNull()
    return [
        _when(F.coalesce(F.col("event_id"), F.lit("")) == "", "no ce_id header"),
        _when(F.length("event_id") > _LONGEST_ID, f"ce_id longer than {_LONGEST_ID}"),
        _when(F.col("type").isNull(), "no ce_type header"),
        _when(~F.col("type").isin(*_ACCEPTED), F.concat(F.lit("unknown type "), F.left("type", F.lit(_LONGEST_ID)))),
        _when(F.col("topic") != _topic_of(), F.concat(F.lit("type of another topic: "), F.col("type"))),
        _when(F.col("value").isNull(), "empty body"),
        _when(
            broken | (_type_is(FilmDescribed.type) & F.exists(_names(), lambda name: name.isNull())), "malformed body"
        ),
    ]


def _length_rules() -> list[Column]:
    body, names = F.col("body"), _names()
    characters = [_when(F.length(body[name]) > most, f"{name} too long") for name, most in MOST_CHARACTERS.items()]
    listed = [_when(F.size(body[name]) > MOST_NAMES, f"too many {name}") for name in NAMES]
    name_too_long = F.exists(names, lambda name: F.length(name) > MOST_OF_A_NAME)
    return [*characters, *listed, _when(_type_is(FilmDescribed.type) & name_too_long, "a name too long")]


def _fields(fields: tuple[str, ...]) -> list[Column]:
    return [F.col("body")[name] for name in fields]


def _names() -> Column:
    """All names of a body's lists."""
    none = F.array().cast("array<string>")
    return F.flatten(F.array(*(F.coalesce(listed, none) for listed in _fields(NAMES))))


def _is_in_bounds(name: str) -> Column:
    low, high = NUMBERS[name]
    told = F.col("body")[name]
    inside = told.between(max(low, LEAST), high)
    return (told == 0) | inside if low == 0 else inside


def _when(broken: Column, why: str | Column) -> Column:
    """A column: `why` where a rule is broken, else null."""
    return F.when(broken, why if isinstance(why, Column) else F.lit(why))


def _type_is(kind: str) -> Column:
    return F.col("type") == kind


def _topic_of() -> Column:
    """The topic that carries a row's type."""
    pairs = [F.lit(part) for pair in _ACCEPTED.items() for part in pair]
    return F.create_map(*pairs)[F.col("type")]


def _is_no_date(text: Column) -> Column:
    return text.isNotNull() & day_of(text).isNull()


def _midnight_ms(text: Column) -> Column:
    return F.unix_date(day_of(text)).cast("bigint") * DAY_MS


def _last_year() -> Column:
    """The last year that a day of a film may lie in, by the append time."""
    return F.year("appended_at") + ANNOUNCED_YEARS


def _missing_rule(field: str, kinds: list[str]) -> Column:
    told = F.col("body")[field]
    missing = F.col("type").isin(*kinds) & told.isNull()
    return _when(missing | (told == "") if field in _NEVER_EMPTY else missing, f"no {field}")


def _required_fields() -> dict[str, list[str]]:
    """Field → the types that cannot be without it, as the event models say."""
    wanted: dict[str, list[str]] = {}
    for kind in _ACCEPTED:
        for name, field in EVENT_MODELS[kind].model_fields.items():
            if field.is_required() and name != "event_id":
                wanted.setdefault(name, []).append(kind)
    return wanted
