"""Feed back: join what came since with the decisions that it answers, and send what is new to `feedback.signals`."""

from functools import cache, reduce
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from jobs import decisions, feedback, local_frame
from jobs.features.known import known_by
from jobs.features.main import read_silver
from pipelines.campaigns import observe as campaigns
from pipelines.forecasting.market import observe as market
from pipelines.forecasting.openings import observe as openings
from pipelines.lake import outbox
from pipelines.lake.film_history import film_history
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.scripts import observe as scripts
from pipelines.serving import collect
from streaming.schema.events import FeedbackSignal

Outcomes = dict[str, pd.DataFrame]
"""Of outlooks, market forecasts, campaigns and drafts that were read, in the columns of each one's `observe`."""


def observe(context: Context, number: int) -> int:
    """Write and send the signals that are new, and note at each earlier cycle how it fared; returns their number."""
    if number == context.ledger.numbers()[0]:
        return 0
    collect.collect(context, number)
    until, as_of = _slate_ends(context, number), context.ledger.read(number)["as_of"]
    viewing = known_by(read_silver(context.spark, context.lake)["viewing"], as_of)
    slates, met = _read_open_decisions(context, decisions.RECOMMENDATIONS, number), _read_outcomes(context, number)
    found = [*_answer_signals(context, number, slates, viewing, until), *_build_signals(context.spark, met)]
    if not found:
        return 0
    signals = reduce(DataFrame.unionByName, found).persist()
    sent = _send_signals(context, feedback.write(context.spark, context.lake, number, signals), number)
    if slates is not None:
        _note_slate_outcomes(context, feedback.outcomes(slates, signals, viewing, until))
    _note_forecast_errors(context, signals)
    _note_accuracy(context, met)
    signals.unpersist()
    return sent


def _read_outcomes(context: Context, number: int) -> Outcomes:
    """Read from the lake what became of outlooks, market forecasts, campaigns and scripts, as of this cycle."""
    history = cache(lambda: film_history(context.state.lake, context.ledger.read(number)["as_of"]))
    return {
        "outlooks": openings.observed(context, number, history),
        "market": market.observed(context, number, history),
        "campaigns": campaigns.observed(context, number),
        "scripts": scripts.observed(context, number),
    }


def _build_signals(spark: SparkSession, met: Outcomes) -> list[DataFrame]:
    """A frame of signals for each kind of decision that was answered; writes none."""
    actuals = {"outlook": met["outlooks"], "market": market.signals(met["market"]), "campaign": met["campaigns"]}
    found = [
        feedback.actual_signals(local_frame.of_pandas(spark, rows, feedback.ACTUALS), kind)
        for kind, rows in actuals.items()
        if len(rows)
    ]
    if len(met["scripts"]):
        answers = local_frame.of_pandas(spark, scripts.signals(met["scripts"]), feedback.SCRIPT_RATINGS)
        found.append(feedback.script_signals(answers))
    return found


def _note_accuracy(context: Context, met: Outcomes) -> None:
    """Write to the ledger, at each earlier cycle, how accurate its decisions were."""
    sums = {
        "outlooks": openings.accuracy_by_cycle,
        "campaigns": campaigns.accuracy_by_cycle,
        "market": market.accuracy_by_cycle,
        "scripts": scripts.ratings_by_cycle,
    }
    for name, by_cycle in sums.items():
        for cycle, own in by_cycle(met[name]).items():
            _note_feedback(context, cycle, **{name: own})


def _answer_signals(
    context: Context, number: int, slates: DataFrame | None, viewing: DataFrame, until: DataFrame
) -> list[DataFrame]:
    """Compute signals of slates shown, by cycles and by the app, and of forecast days, from the lake; writes none."""
    shown, forecasts = _read_open_served(context, number), _read_open_decisions(context, decisions.FORECASTS, number)
    found = []
    if slates is not None:
        found.append(feedback.slate_signals(slates, viewing, until))
    if shown is not None:
        found.append(feedback.served_signals(shown, viewing))
    if forecasts is not None:
        days = context.lake.read(context.spark, "features/film_day")
        found.append(feedback.forecast_signals(forecasts, days))
    return found


def _first_open_cycle(context: Context, table: str, number: int) -> int:
    """The first cycle whose decisions in a table can still be answered."""
    return Deadlines.of(context.ledger, number).since(decisions.TERMS[table])


def _read_open_decisions(context: Context, table: str, number: int) -> DataFrame | None:
    """Read the decisions of earlier cycles that can still be answered."""
    if not context.lake.exists(context.spark, table):
        return None
    open_ones = F.col("cycle").between(_first_open_cycle(context, table, number), number - 1)
    return context.lake.read(context.spark, table).where(open_ones)


def _read_open_served(context: Context, number: int) -> DataFrame | None:
    """Read the app's slates that can still be answered: it makes them when it is asked, whatever the cycle."""
    if not context.lake.exists(context.spark, decisions.SERVED):
        return None
    since = context.ledger.read(number)["as_of"] - decisions.TERMS[decisions.SERVED].ms
    return context.lake.read(context.spark, decisions.SERVED).where(F.col("occurred_at") >= since)


def _slate_ends(context: Context, number: int) -> DataFrame:
    """When each cycle's slates gave way to the next cycle's: at that cycle's `now`, from the ledger."""
    moments = [(record["cycle"] - 1, record["as_of"]) for record in context.ledger.records() if "as_of" in record]
    earlier = [pair for pair in moments if pair[0] < number]
    return local_frame.of_rows(context.spark, earlier, "cycle int, until bigint")


def _send_signals(context: Context, fresh: DataFrame, number: int) -> int:
    """Send signals to Kafka and return how many there were."""
    rows = fresh.orderBy("at", "event_id").withColumn("date", F.col("date").cast("string")).toPandas()
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    signals = (FeedbackSignal.model_validate({**record, "occurred_at": record["at"]}) for record in records)
    outbox.send(context, signals, number)
    return len(records)


def _note_slate_outcomes(context: Context, sums: DataFrame) -> None:
    """Write to the ledger, at each earlier cycle, impressions, clicks and hits of its slates."""
    for row in sums.collect():
        impressions, clicks = row["impressions"], row["clicks"]
        _note_feedback(
            context,
            row["cycle"],
            slates=row["slates"],
            impressions=impressions,
            clicks=clicks,
            ctr=clicks / impressions if impressions else None,
            **{"hit_rate@10": row["hits"] / row["active"] if row["active"] else None},
        )


def _note_forecast_errors(context: Context, signals: DataFrame) -> None:
    """Write to the ledger, at each earlier cycle, the errors of its forecasts."""
    missed = F.try_divide(F.sum(F.abs(F.col("predicted") - F.col("actual"))), F.sum("actual"))  # cinemas may be closed
    errors = (
        signals.where("kind = 'forecast'")
        .groupBy("cycle")
        .agg(missed.alias("wape"), F.avg(F.col("covered").cast("int")).alias("cover80"))
    )
    for row in errors.collect():
        _note_feedback(context, row["cycle"], forecast_wape=row["wape"], forecast_cover80=row["cover80"])


def _note_feedback(context: Context, cycle: int, **sums: Any) -> None:
    context.ledger.note_among(cycle, "feedback", sums)
