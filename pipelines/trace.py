"""From any link, the whole chain: event offsets → silver → features → model → decision → feedback.

Each step is found by ids that were stored when it was made: positions in Kafka, table versions in the ledger, the
model version and feature version in the decision, the decision's id in the signals. Nothing is matched by time.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions, feedback
from pipelines import tables
from pipelines.context import Context
from pipelines.errors import NothingThere
from pipelines.ledger import Record

_SHOWN = 20  # rows of a step; the step says how many there are


@dataclass(frozen=True)
class Step:
    """One link of the chain: what it is, its stored ids, and rows where it has several."""

    name: str
    ids: dict[str, Any]
    rows: list[dict[str, Any]]


def trace(context: Context, identity: str) -> list[Step]:
    """The chain of an event id, a slate id, a forecast id, or a model such as `recommender/3`.

    Raises:
        NothingThere: nothing in the lake or the registry has this id.
    """
    for of in (_of_model, _of_slate, _of_forecast, _of_event):
        steps = of(context, identity)
        if steps:
            return steps
    raise NothingThere(
        f"nothing has the id {identity!r}: give an event_id, a slate_id, a forecast_id or a model such as recommender/1"
    )


def _of_model(context: Context, identity: str) -> list[Step]:
    family, _, number = identity.partition("/")
    if not number.isdigit():
        return []
    version = context.registry.version(family, int(number))
    record = context.ledger.read(int(version.tags["cycle"]))
    table = decisions.RECOMMENDATIONS if family == "recommender" else decisions.FORECASTS
    key = "slate_id" if family == "recommender" else "forecast_id"
    made = _rows(context, table, pc.field("model_version") == identity)
    ids = made[key].unique().tolist() if made is not None else []
    return [
        _read_step(record),
        *_lineage(record),
        Step("model", {"version": identity, **version.tags}, []),
        Step("decisions", {"table": table, "count": len(ids)}, [{key: found} for found in ids[:_SHOWN]]),
        _feedback(context, ids),
    ]


def _of_slate(context: Context, identity: str) -> list[Step]:
    rows = _rows(context, decisions.RECOMMENDATIONS, pc.field("slate_id") == identity)
    if rows is None or rows.empty:
        return []
    first = rows.iloc[0]
    record = context.ledger.read(int(first["cycle"]))
    changed = _events(context, "silver/viewing", "viewer_id", first["viewer_id"], record)
    return [
        Step(
            "events",
            {"viewer_id": first["viewer_id"], "new in cycle": record["cycle"], "count": len(changed)},
            changed[-_SHOWN:],
        ),
        *_lineage(record),
        *_model(context, first["model_version"]),
        Step(
            "slate",
            {
                "slate_id": identity,
                "policy": first["policy"],
                "feature_version": int(first["feature_version"]),
            },
            _plain(rows.sort_values("position")[["position", "film_id", "propensity", "score"]]),
        ),
        _feedback(context, [identity]),
    ]


def _of_forecast(context: Context, identity: str) -> list[Step]:
    rows = _rows(context, decisions.FORECASTS, pc.field("forecast_id") == identity)
    if rows is None or rows.empty:
        return []
    first = rows.iloc[0]
    record = context.ledger.read(int(first["cycle"]))
    changed = _events(context, "silver/boxoffice", "film_id", first["film_id"], record)
    return [
        Step(
            "events",
            {"film_id": first["film_id"], "new in cycle": record["cycle"], "count": len(changed)},
            changed[-_SHOWN:],
        ),
        *_lineage(record),
        *_model(context, first["model_version"]),
        Step(
            "forecast",
            {"forecast_id": identity, "feature_version": int(first["feature_version"])},
            _plain(rows.sort_values("date")[["date", "q10", "q50", "q90"]]),
        ),
        _feedback(context, [identity]),
    ]


def _of_event(context: Context, identity: str) -> list[Step]:
    for table in ("silver/viewing", "silver/boxoffice", "silver/films", "silver/quarantine"):
        found = _rows(context, table, pc.field("event_id") == identity)
        if found is None or found.empty:
            continue
        event = found.iloc[0]
        place = {
            "topic": event["topic"],
            "partition": int(event["partition"]),
            "offset": int(event["offset"]),
        }
        start = Step("event", {"event_id": identity, "table": table, **place, **_named(event)}, [])
        record = _reader(context, place)
        if record is None or table == "silver/quarantine":
            return [start]
        return [start, *_lineage(record), *_consequences(context, event, record)]
    return []


def _consequences(context: Context, event: pd.Series, record: Record) -> list[Step]:
    """The decision about the event's viewer or film in the cycle that read it, and what became of that."""
    viewer = event.get("viewer_id")
    if viewer is not None:
        table, key, name, value = decisions.RECOMMENDATIONS, "slate_id", "viewer_id", viewer
    else:
        table, key, name, value = decisions.FORECASTS, "forecast_id", "film_id", event["film_id"]
    made = _rows(context, table, (pc.field(name) == value) & (pc.field("cycle") == record["cycle"]))
    if made is None or made.empty:
        return []
    first = made.iloc[0]
    ids = {key: first[key], "cycle": record["cycle"]}
    return [
        *_model(context, first["model_version"]),
        Step("decision", ids, []),
        _feedback(context, [first[key]]),
    ]


def _reader(context: Context, place: dict[str, Any]) -> Record | None:
    """The cycle that read an offset: the first whose stored reach lies beyond it."""
    for record in context.ledger.records():
        reach = record.get("read", {}).get(place["topic"], {}).get(str(place["partition"]), 0)
        if reach > place["offset"]:
            return record
    return None


def _events(context: Context, table: str, key: str, value: str, record: Record) -> list[dict[str, Any]]:
    """The viewer's or film's events that this cycle was the first to read."""
    rows = _rows(context, table, pc.field(key) == value)
    if rows is None:
        return []
    before = _before(context, record)
    new = [row for row in tables.records(rows) if _between(row, before, record.get("read", {}))]
    return [
        {
            "topic": row["topic"],
            "partition": row["partition"],
            "offset": row["offset"],
            "event_id": row["event_id"],
            "type": row.get("type", "day"),
            "film_id": row["film_id"],
        }
        for row in sorted(new, key=lambda row: (row["occurred_at"], row["event_id"]))
    ]


def _before(context: Context, record: Record) -> dict[str, dict[str, int]]:
    earlier = [other for other in context.ledger.records() if other["cycle"] < record["cycle"]]
    return earlier[-1].get("read", {}) if earlier else {}


def _between(row: dict[str, Any], before: dict[str, dict[str, int]], reach: dict[str, dict[str, int]]) -> bool:
    topic, partition = row["topic"], str(row["partition"])
    return before.get(topic, {}).get(partition, 0) <= row["offset"] < reach.get(topic, {}).get(partition, 0)


def _read_step(record: Record) -> Step:
    places = [
        {"topic": topic, "partition": int(partition), "up to offset": end}
        for topic, ends in record.get("read", {}).items()
        for partition, end in ends.items()
    ]
    return Step("events", {"cycle": record["cycle"]}, places)


def _lineage(record: Record) -> list[Step]:
    return [
        Step(
            "silver",
            {"cycle": record["cycle"], **{f"{k} version": v for k, v in record.get("silver", {}).items()}},
            [],
        ),
        Step(
            "features",
            {
                "as_of": record.get("as_of"),
                **{f"{k} version": v for k, v in record.get("features", {}).items()},
            },
            [],
        ),
    ]


def _model(context: Context, name: str | None) -> list[Step]:
    if name is None:
        return [Step("model", {"version": None, "policy": "uniform: no model served yet"}, [])]
    family, number = name.split("/")
    return [Step("model", {"version": name, **context.registry.version(family, int(number)).tags}, [])]


def _feedback(context: Context, ids: list[str]) -> Step:
    found = _rows(context, feedback.TABLE, pc.field("decision_id").isin(ids))
    if found is None or found.empty:
        return Step("feedback", {"signals": 0}, [])
    columns = [
        "event_id",
        "film_id",
        "position",
        "propensity",
        "reward",
        "date",
        "predicted",
        "actual",
        "covered",
    ]
    rows = _plain(found.sort_values(["position", "date", "film_id"])[columns])
    return Step("feedback", {"signals": len(found), "reward": float(found["reward"].sum())}, rows[:_SHOWN])


def _rows(context: Context, table: str, where: Any) -> pd.DataFrame | None:
    return tables.read(context.state.lake, table, where=where)


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in tables.records(frame)]


def _named(event: pd.Series) -> dict[str, Any]:
    return {
        name: event[name]
        for name in ("type", "viewer_id", "film_id", "slate_id", "reason")
        if event.get(name) is not None
    }
