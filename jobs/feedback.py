"""`feedback/signals`: what became of decisions; slates joined with what viewers did, forecasts with what films took,
scripts with the stars that readers gave.

An event that names a slate answers that slate, if it is one that counts (`jobs.answers`). Where no event names it
(replayed history knows nothing of our slates) its films count as taken if the viewer took them up after that slate and
before the next.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import decisions
from jobs.answers import TAKEN_UP, in_term, worth
from jobs.lake import Lake

TABLE = decisions.SIGNALS
SCHEMA = """event_id string, kind string, cycle int, decision_id string, film_id string, viewer_id string,
    at bigint, reward double, position int, propensity double, latency_ms bigint,
    date date, predicted double, actual double, covered boolean, observed_in int"""
ACTUALS = """cycle int, decision_id string, film_id string, date date, predicted double, actual double,
    covered boolean, at bigint"""
SCRIPT_RATINGS = """cycle int, decision_id string, viewer_id string, reward double, propensity double, predicted double,
    at bigint"""
_COLUMNS = [column.split()[0] for column in SCHEMA.split(",")[:-1]]


def slate_signals(slates: DataFrame, viewing: DataFrame, until: DataFrame) -> DataFrame:
    """Slates × viewing → a signal a shown film (reward: what its best answer is worth) or a taken one (reward 1).

    `until` says when each cycle's slates gave way to the next: cycle, until (UTC milliseconds).
    """
    answered = _answered_films(slates, viewing)
    taken = _films_taken_in_time(slates, viewing, until).join(answered, on="decision_id", how="left_anti")
    return _as_signals(answered.unionByName(taken), "recommendation", "reward")


def served_signals(served: DataFrame, viewing: DataFrame) -> DataFrame:
    """Slates of the serving app × viewing → a signal a film that an event names with its slate.

    One viewer may have been served many slates in a cycle: what names none of them answers none of them.
    """
    made = served.dropDuplicates(["slate_id", "film_id"])
    return _as_signals(_answered_films(made, viewing), "recommendation", "reward")


def forecast_signals(forecasts: DataFrame, film_day: DataFrame) -> DataFrame:
    """Forecast days × actual days → a signal a day with an actual: both in dollars, and whether the 80 % covered it."""
    actual = film_day.select("film_id", "date", F.col("gross").cast("double").alias("actual"))
    met = forecasts.join(actual, on=["film_id", "date"], how="inner").select(
        "cycle",
        F.col("forecast_id").alias("decision_id"),
        "film_id",
        "date",
        F.col("q50").alias("predicted"),
        "actual",
        F.col("actual").between(F.col("q10"), F.col("q90")).alias("covered"),
        F.unix_millis(F.col("date").cast("timestamp")).alias("at"),
    )
    return _as_signals(met, "forecast", "actual")


def actual_signals(rows: DataFrame, kind: str) -> DataFrame:
    """Decisions with their actuals (columns of `ACTUALS`) as signals of a kind: outlook, market or campaign."""
    return _as_signals(rows, kind, "actual")


def script_signals(ratings: DataFrame) -> DataFrame:
    """Invited readers' ratings of scripts (columns of `SCRIPT_RATINGS`) as signals; each rating is one of its own."""
    named = ratings.withColumn("film_id", F.col("decision_id"))
    return _as_signals(named, "script", "viewer_id", "reward")


def outcomes(slates: DataFrame, signals: DataFrame, viewing: DataFrame, until: DataFrame) -> DataFrame:
    """A row a cycle: slates, impressions, clicks, and of the slates whose viewer took up something new before the
    next one, how many (`active`) and in how many one of their own films was among it (`hits`).
    """
    shown = signals.where("kind = 'recommendation' and (latency_ms is not null or reward = 0)").groupBy("cycle")
    clicked = shown.agg(F.count("*").alias("impressions"), F.sum("reward").cast("bigint").alias("clicks"))
    lists = slates.groupBy("cycle", "slate_id", "viewer_id", "occurred_at").agg(F.collect_set("film_id").alias("films"))
    later = _first_times(viewing).withColumnRenamed("film_id", "taken")
    pairs = lists.join(F.broadcast(until), on="cycle").join(later, on="viewer_id").where(_is_before_next_slate())
    struck = pairs.groupBy("cycle", "slate_id").agg(F.bool_or(F.array_contains("films", F.col("taken"))).alias("hit"))
    hits = struck.groupBy("cycle").agg(F.count("*").alias("active"), F.count_if("hit").alias("hits"))
    made = lists.groupBy("cycle").agg(F.count("*").alias("slates"))
    return (
        made.join(clicked, on="cycle", how="left")
        .join(hits, on="cycle", how="left")
        .select("cycle", "slates", "impressions", "clicks", "active", "hits")
    )


def write(spark: SparkSession, lake: Lake, observed_in: int, found: DataFrame) -> DataFrame:
    """Write to the lake the signals that no earlier cycle has, and return them; a repeated cycle replaces its own."""
    fresh = found
    if lake.exists(spark, TABLE):
        earlier = lake.read(spark, TABLE).where(F.col("observed_in") != observed_in).select("event_id")
        fresh = found.join(earlier, on="event_id", how="left_anti")
    fresh = fresh.withColumn("observed_in", F.lit(observed_in)).select(*_COLUMNS, "observed_in")
    lake.replace(fresh, TABLE, "observed_in", observed_in)
    return lake.read(spark, TABLE).where(F.col("observed_in") == observed_in)


def _answered_films(slates: DataFrame, viewing: DataFrame) -> DataFrame:
    """Slates' films that an event in term names with their slate: reward, latency, time of the last answer."""
    named = viewing.where(F.col("slate_id").isNotNull()).select(
        "slate_id", "film_id", "viewer_id", worth().alias("worth"), F.unix_millis("occurred_at").alias("at")
    )
    answers = (
        slates.join(named, on=["slate_id", "film_id", "viewer_id"], how="inner")
        .where(in_term(F.col("at"), F.col("occurred_at")))
        .groupBy("cycle", "slate_id", "viewer_id", "film_id", "position", "propensity")
    )
    taken_at = F.min(F.when(F.col("worth") > 0, F.col("at")))
    return answers.agg(
        F.max("worth").alias("reward"), (taken_at - F.min("at")).alias("latency_ms"), F.max("at").alias("at")
    ).select(*_slate_columns(), "reward", "latency_ms", "at")


def _films_taken_in_time(slates: DataFrame, viewing: DataFrame, until: DataFrame) -> DataFrame:
    """Slates' films that the viewer first took up after the slate and before the next: reward 1."""
    return (
        slates.join(F.broadcast(until), on="cycle", how="inner")
        .join(_first_times(viewing), on=["viewer_id", "film_id"], how="inner")
        .where(_is_before_next_slate())
        .select(
            *_slate_columns(),
            F.lit(1.0).alias("reward"),
            F.lit(None).cast("bigint").alias("latency_ms"),
            "at",
        )
    )


def _first_times(viewing: DataFrame) -> DataFrame:
    """When each viewer first took up each film (UTC milliseconds)."""
    taken_up = viewing.where(F.col("type").isin(*TAKEN_UP)).groupBy("viewer_id", "film_id")
    return taken_up.agg(F.unix_millis(F.min("occurred_at")).alias("at"))


def _is_before_next_slate() -> Column:
    return (F.col("at") > F.col("occurred_at")) & (F.col("at") <= F.col("until"))


def _as_signals(rows: DataFrame, kind: str, *verdict: str) -> DataFrame:
    """Rows as signals with all columns of the table; the id says what was found: a later verdict is another signal."""
    identity = F.md5(
        F.concat_ws("|", F.lit(kind), "decision_id", "film_id", *_text_column_if_present(rows, "date"), *verdict)
    )
    named = rows.withColumns({"event_id": identity, "kind": F.lit(kind)})
    types = dict(column.split()[:2] for column in SCHEMA.replace("\n", " ").split(","))
    missing = {name: F.lit(None).cast(types[name]) for name in _COLUMNS if name not in named.columns}
    return named.withColumns(missing).select(*_COLUMNS)


def _text_column_if_present(rows: DataFrame, name: str) -> list[Column]:
    return [F.col(name).cast("string")] if name in rows.columns else []


def _slate_columns() -> list[Column | str]:
    return ["cycle", F.col("slate_id").alias("decision_id"), "viewer_id", "film_id", "position", "propensity"]
