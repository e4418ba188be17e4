"""Feed back: join what came since with the decisions that it answers, and send what is new to `feedback.signals`."""

from collections.abc import Callable
from functools import cache, reduce
from typing import Any

import pandas as pd
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs import decisions, feedback, local_frame
from jobs.features.main import read_silver
from pipelines import campaigns, markets, outlooks, tables
from pipelines.context import Context
from pipelines.film_history import film_history
from pipelines.forecast_data import BoxOfficeFolder
from pipelines.scripts import readings
from pipelines.stages import campaign, served
from streaming.events import FeedbackSignal
from streaming.producer import EventProducer

_LOOK_BACK = 8  # cycles: a forecast reaches four weeks ahead, and an answer may be late


def observe(context: Context, number: int) -> int:
    """Write and send the signals that are new, and note at each earlier cycle how it fared; returns their number."""
    if number == context.ledger.numbers()[0]:
        return 0
    slates = _made(context, decisions.RECOMMENDATIONS, number)
    forecasts = _made(context, decisions.FORECASTS, number)
    served.collect(context, number)
    shown = _made(context, decisions.SERVED, number)
    silver = read_silver(context.spark, context.lake)
    until = _until(context, number)
    found = []
    if slates is not None:
        found.append(feedback.slate_signals(slates, silver["viewing"], until))
    if shown is not None:
        found.append(feedback.served_signals(shown, silver["viewing"]))
    if forecasts is not None:
        days = context.lake.read(context.spark, "features/film_day")
        found.append(feedback.forecast_signals(forecasts, days))
    history = cache(lambda: film_history(context.state.lake, context.ledger.read(number)["as_of"]))
    totals, came = _outlooks_met(context, number, history), _market_met(context, number, history)
    added = campaign.met(context, number)
    met = {"outlook": totals, "market": markets.signals(came), "campaign": added}
    for kind, rows in met.items():
        if len(rows):
            found.append(feedback.met_signals(local_frame.of_pandas(context.spark, rows, feedback.MET), kind))
    read = readings.readings(context.state.lake, number, since=number - _LOOK_BACK)
    if len(read):
        answers = local_frame.of_pandas(context.spark, readings.signals(read), feedback.READ)
        found.append(feedback.read_signals(answers))
    if not found:
        return 0
    signals = reduce(DataFrame.unionByName, found).persist()
    fresh = feedback.write(context.spark, context.lake, number, signals)
    sent = _send(context, fresh, number)
    if slates is not None:
        _note_outcomes(context, feedback.outcomes(slates, signals, silver["viewing"], until))
    _note_errors(context, signals)
    fared = {
        "outlooks": outlooks.fared(totals),
        "campaigns": campaigns.fared(added),
        "market": markets.fared(came),
        "scripts": readings.fared(read),
    }
    for name, cycles in fared.items():
        for cycle, sums in cycles.items():
            _note(context, cycle, **{name: sums})
    signals.unpersist()
    return sent


def _made(context: Context, table: str, number: int) -> DataFrame | None:
    """The decisions of the last cycles before this one that can still be answered."""
    if not context.lake.exists(context.spark, table):
        return None
    return context.lake.read(context.spark, table).where(F.col("cycle").between(number - _LOOK_BACK, number - 1))


def _outlooks_met(context: Context, number: int, history: Callable[[], BoxOfficeFolder]) -> pd.DataFrame:
    """Outlooks of all earlier cycles whose film's run is over: an outlook may be answered half a year later."""
    published = tables.read(context.state.lake, decisions.OUTLOOKS, where=pc.field("cycle") < number)
    if published is None or published.empty:
        return outlooks.NOTHING_MET
    today = outlooks.today_of(context.ledger.read(number)["as_of"])
    return outlooks.met(published, outlooks.settled(history(), today))


def _market_met(context: Context, number: int, history: Callable[[], BoxOfficeFolder]) -> pd.DataFrame:
    """Days of the market that the last cycles forecast and that have come."""
    recent = (pc.field("cycle") < number) & (pc.field("cycle") >= number - _LOOK_BACK)
    published = tables.read(context.state.lake, decisions.MARKET, where=recent)
    if published is None or published.empty:
        return markets.NOTHING_MET
    return markets.met(published, history())


def _until(context: Context, number: int) -> DataFrame:
    """When each cycle's slates gave way to the next cycle's: at that cycle's `now`."""
    moments = [(record["cycle"] - 1, record["as_of"]) for record in context.ledger.records() if "as_of" in record]
    earlier = [pair for pair in moments if pair[0] < number]
    return local_frame.of_rows(context.spark, earlier, "cycle int, until bigint")


def _send(context: Context, fresh: DataFrame, number: int) -> int:
    rows = fresh.orderBy("at", "event_id").withColumn("date", F.col("date").cast("string")).toPandas()
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    with EventProducer(context.bootstrap) as producer:
        for record in records:
            signal = FeedbackSignal.model_validate({**record, "occurred_at": record["at"]})
            producer.send(signal, f"cycle/{number}")
    return len(records)


def _note_outcomes(context: Context, sums: DataFrame) -> None:
    for row in sums.collect():
        impressions, clicks = row["impressions"], row["clicks"]
        _note(
            context,
            row["cycle"],
            slates=row["slates"],
            impressions=impressions,
            clicks=clicks,
            ctr=clicks / impressions if impressions else None,
            **{"hit_rate@10": row["hits"] / row["active"] if row["active"] else None},
        )


def _note_errors(context: Context, signals: DataFrame) -> None:
    missed = F.sum(F.abs(F.col("predicted") - F.col("actual"))) / F.sum("actual")
    errors = (
        signals.where("kind = 'forecast'")
        .groupBy("cycle")
        .agg(missed.alias("wape"), F.avg(F.col("covered").cast("int")).alias("cover80"))
    )
    for row in errors.collect():
        _note(context, row["cycle"], forecast_wape=row["wape"], forecast_cover80=row["cover80"])


def _note(context: Context, cycle: int, **sums: Any) -> None:
    context.ledger.note_among(cycle, "feedback", sums)
