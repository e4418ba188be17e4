"""From any link, the whole chain: event offsets → silver → features → model → decision → feedback.

Each step is found by ids that were stored when it was made: positions in Kafka, table versions in the ledger, the
model version and feature version in the decision, the decision's id in the signals. Nothing is matched by time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.ledger import Record
from pipelines.platform.model_registry import FAMILIES
from pipelines.scripts.observe import readings

_SHOWN = 20  # rows of a step; the step says how many there are


@dataclass(frozen=True)
class Step:
    """One link of the chain: what it is, its stored ids, and rows where it has several."""

    name: str
    ids: dict[str, Any]
    rows: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Kind:
    """A kind of decision: where it stands and under which id, whom it is about, and where their events stand."""

    name: str
    table: str
    key: str
    subject: str
    events: str
    shown: tuple[str, ...]
    read_by: str = "cycle"  # the cycle that was the first to read the events which changed it


_OFFERED = ("position", "film_id", "propensity", "score")
_SLATE = _Kind("slate", decisions.RECOMMENDATIONS, "slate_id", "viewer_id", "silver/viewing", _OFFERED)
_SERVED = replace(_SLATE, table=decisions.SERVED, read_by="collected_in")
_FORECAST = _Kind(
    "forecast", decisions.FORECASTS, "forecast_id", "film_id", "silver/boxoffice", ("date", "q10", "q50", "q90")
)
_OUTLOOK = _Kind(
    "outlook", decisions.OUTLOOKS, "outlook_id", "film_id", "silver/films", ("lead", "opens", "q10", "q50", "q90")
)
_CHOSEN = ("viewer_id", "propensity", "shown", "uplift")
_CAMPAIGN = _Kind("campaign", decisions.CAMPAIGNS, "campaign_id", "film_id", "silver/films", _CHOSEN)
_MARKET = _Kind(
    "market", decisions.MARKET, "market_id", "territory", "silver/boxoffice", ("date", "genre", "q10", "q50", "q90")
)
_DRAFT = _Kind("script", decisions.DRAFTS, "script_id", "script_id", "silver/viewing", ("segment", "policy", "title"))
_MADE_BY = {
    **{"recommender": _SLATE, "forecaster": _FORECAST, "outlook-30": _OUTLOOK, "outlook-7": _OUTLOOK},
    **{"market": _MARKET, "uplift": _CAMPAIGN, "writer": _DRAFT, "judge": _DRAFT},
}
_NAMED_IN = {"judge": "judge_version"}


def trace(context: Context, identity: str) -> list[Step]:
    """Read from lake, ledger and registry the chain of an event id, a decision id or a model; changes nothing.

    Raises:
        NothingThere: nothing in the lake or the registry has this id.
    """
    decided: list[Callable[..., list[Step]]] = [
        partial(_trace_decision, kind=kind) for kind in (_SLATE, _SERVED, _FORECAST, _OUTLOOK, _MARKET, _CAMPAIGN)
    ]
    for of in (_trace_model, *decided, _trace_script, _trace_event):
        steps = of(context, identity=identity)
        if steps:
            return steps
    raise NothingThere(
        f"nothing has the id {identity!r}: give an event_id, a slate_id, a forecast_id, an outlook_id, a market_id, "
        "a campaign_id, a script_id or a model such as recommender/1"
    )


def _trace_model(context: Context, identity: str) -> list[Step]:
    """Read the chain of a model version: what it was taught, what it decided, and the feedback on that."""
    family, _, number = identity.partition("/")
    if family not in FAMILIES or not number.isdecimal():
        return []  # an event's id may look like this, too
    version = context.registry.version(family, int(number))
    model, kind = Step("model", {"version": identity, **version.tags}), _MADE_BY.get(family)
    if kind is None:  # it was taught no events, and decides nothing by itself
        return [model]
    record = context.ledger.read(int(version.tags["cycle"]))
    made = _read_rows(context, kind.table, pc.field(_NAMED_IN.get(family, "model_version")) == identity)
    ids = made[kind.key].unique().tolist() if made is not None else []
    return [
        _step_of_offsets_read(record),
        *_table_steps(record),
        model,
        Step("decisions", {"table": kind.table, "count": len(ids)}, [{kind.key: found} for found in ids[:_SHOWN]]),
        _feedback_step(context, ids),
    ]


def _trace_decision(context: Context, kind: _Kind, identity: str) -> list[Step]:
    """Read the chain of a decision of this kind; empty where none has this id."""
    rows = _read_rows(context, kind.table, pc.field(kind.key) == identity)
    if rows is None or rows.empty:
        return []
    first = rows.iloc[0]
    record, reader = (context.ledger.read(int(first[column])) for column in ("cycle", kind.read_by))
    changed = _new_events_of(context, kind, first[kind.subject], reader)
    about = {kind.subject: first[kind.subject], "new in cycle": reader["cycle"], "count": len(changed)}
    policy = {"policy": first["policy"]} if "policy" in first else {}
    return [
        Step("events", about, changed[-_SHOWN:]),
        *_table_steps(record),
        *_model_step(context, first["model_version"]),
        Step(
            kind.name,
            {kind.key: identity, **policy, "feature_version": int(first["feature_version"])},
            _rows_without_nulls(rows.sort_values(kind.shown[0])[list(kind.shown)]),
        ),
        _feedback_step(context, [identity]),
    ]


def _trace_script(context: Context, identity: str) -> list[Step]:
    """Read the chain of a draft: what was known, the draft, its readings, their signals; empty where there is none."""
    named = pc.field(_DRAFT.key) == identity
    rows, readers = (_read_rows(context, table, named) for table in (_DRAFT.table, decisions.SCRIPTS))
    if rows is None or rows.empty or readers is None:
        return []
    first = delta.records(rows)[0]
    about = ("title", "segment", "policy", "seed", "judge_version", "predicted", "feature_version")
    read = readings(context.state.lake, first["cycle"] + 1, since=first["cycle"])
    own = read[read[_DRAFT.key] == identity].sort_values("at")[["event_id", "at", "viewer_id", "propensity", "rating"]]
    return [
        *_table_steps(context.ledger.read(first["cycle"])),
        *_model_step(context, first["model_version"]),
        *(_model_step(context, first["judge_version"]) if first["judge_version"] else []),
        Step(
            "script",
            {_DRAFT.key: identity, **{name: first[name] for name in about if first[name] is not None}},
            _rows_without_nulls(readers.sort_values("viewer_id")[["viewer_id", "propensity"]]),
        ),
        Step("readings", {"count": len(own)}, _rows_without_nulls(own)),
        _feedback_step(context, [identity]),
    ]


def _trace_event(context: Context, identity: str) -> list[Step]:
    """Read the chain of an event in silver or quarantine; empty where none has this id."""
    for table in ("silver/viewing", "silver/viewers", "silver/boxoffice", "silver/films", "silver/quarantine"):
        found = _read_rows(context, table, pc.field("event_id") == identity)
        if found is None or found.empty:
            continue
        event = found.iloc[0]
        place = {"topic": event["topic"], **{name: int(event[name]) for name in ("partition", "offset")}}
        start = Step("event", {"event_id": identity, "table": table, **place, **_telling_fields(event)})
        record = _cycle_that_read(context, place)
        if record is None or table == "silver/quarantine":
            return [start]
        return [start, *_table_steps(record), *_trace_consequences(context, event, record)]
    return []


def _trace_consequences(context: Context, event: pd.Series, record: Record) -> list[Step]:
    """Read the decision about the event's viewer or film in the cycle that read it, and the feedback on that."""
    kind = _FORECAST if event.get("viewer_id") is None else _SLATE
    about = pc.field(kind.subject) == event[kind.subject]
    made = _read_rows(context, kind.table, about & (pc.field("cycle") == record["cycle"]))
    if made is None or made.empty:
        return []
    first = made.iloc[0]
    ids = {kind.key: first[kind.key], "cycle": record["cycle"]}
    return [
        *_model_step(context, first["model_version"]),
        Step("decision", ids),
        _feedback_step(context, [first[kind.key]]),
    ]


def _cycle_that_read(context: Context, place: dict[str, Any]) -> Record | None:
    """Find in the ledger the cycle that read an offset: the first whose stored reach lies beyond it."""
    records = context.ledger.records()
    return next(
        (each for each in records if _read_to(each, place["topic"], place["partition"]) > place["offset"]), None
    )


def _new_events_of(context: Context, kind: _Kind, subject: str, record: Record) -> list[dict[str, Any]]:
    """Read the viewer's or film's events that this cycle was the first to read."""
    rows = _read_rows(context, kind.events, pc.field(kind.subject) == subject)
    if rows is None:
        return []
    earlier = [other for other in context.ledger.records() if other["cycle"] < record["cycle"]]
    before = earlier[-1] if earlier else {}
    new = [
        row
        for row in delta.records(rows)
        if _read_to(before, row["topic"], row["partition"])
        <= row["offset"]
        < _read_to(record, row["topic"], row["partition"])
    ]
    shown = ("topic", "partition", "offset", "event_id", "type", "film_id")
    told = sorted(new, key=lambda row: (row["occurred_at"], row["event_id"]))
    return [{name: row.get(name, "day") for name in shown} for row in told]


def _read_to(record: Record, topic: str, partition: int) -> int:
    """The offset before which the cycle of a record, or an earlier one, has read a partition."""
    return int(record.get("read", {}).get(topic, {}).get(str(partition), 0))


def _step_of_offsets_read(record: Record) -> Step:
    places = [
        {"topic": topic, "partition": int(partition), "up to offset": end}
        for topic, ends in record.get("read", {}).items()
        for partition, end in ends.items()
    ]
    return Step("events", {"cycle": record["cycle"]}, places)


def _table_steps(record: Record) -> list[Step]:
    """The versions of silver and of the features that a cycle noted, as two steps."""
    silver, features = (
        {f"{table} version": version for table, version in record.get(room, {}).items()}
        for room in ("silver", "features")
    )
    return [
        Step("silver", {"cycle": record["cycle"], **silver}),
        Step("features", {"as_of": record.get("as_of"), **features}),
    ]


def _model_step(context: Context, name: str | None) -> list[Step]:
    if name is None:
        return [Step("model", {"version": None, "policy": "uniform: no model served yet"})]
    family, number = name.split("/")
    try:
        tags: dict[str, str] = context.registry.version(family, int(number)).tags
    except NothingThere:
        tags = {"kept": "no longer: later versions have long served, and no decision of the last cycles names it"}
    return [Step("model", {"version": name, **tags})]


def _feedback_step(context: Context, ids: list[str]) -> Step:
    found = _read_rows(context, decisions.SIGNALS, pc.field("decision_id").isin(ids))
    if found is None or found.empty:
        return Step("feedback", {"signals": 0})
    columns = ["event_id", "film_id", "position", "propensity", "reward", "date", "predicted", "actual", "covered"]
    rows = _rows_without_nulls(found.sort_values(["position", "date", "film_id"])[columns])
    return Step("feedback", {"signals": len(found), "reward": float(found["reward"].sum())}, rows[:_SHOWN])


def _read_rows(context: Context, table: str, where: Any) -> pd.DataFrame | None:
    return delta.read(context.state.lake, table, where=where)


def _rows_without_nulls(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in delta.records(frame)]


def _telling_fields(event: pd.Series) -> dict[str, Any]:
    return {
        name: event[name]
        for name in ("type", "viewer_id", "film_id", "slate_id", "reason")
        if event.get(name) is not None
    }
