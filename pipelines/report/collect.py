"""From the ledger, the lake and the topics to the report's inputs."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from pydantic import BaseModel

from jobs.releases import SEGMENT_TASTE
from models.base.columns import QUANTILES
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.ledger import Record
from pipelines.report import drafts
from pipelines.report.contract import (
    CampaignResult,
    Crowd,
    Cycle,
    DataCounts,
    Feedback,
    ForecasterResult,
    JudgeResult,
    MarketResult,
    OutlookResult,
    RecommenderResult,
    ScriptsResult,
    SetAside,
)
from pipelines.report.inputs import (
    HISTORY_COLUMNS,
    SEGMENT_COLUMNS,
    Address,
    CheckResult,
    QuarantineReason,
    ReportInputs,
    TopicCount,
)
from pipelines.report.page import build_report
from pipelines.scripts.judging.train import JUDGE
from pipelines.simulation import ground_truth
from pipelines.simulation.ground_truth import Truth
from streaming.kafka.consumer import end_offsets, read_topic
from streaming.kafka.topics import DEAD_LETTERS, INPUTS, TOPICS
from streaming.schema.events import Event

Read = Callable[[str, list[str]], pd.DataFrame | None]
Part = TypeVar("Part", bound=BaseModel)


def write(context: Context) -> Path:
    """Write the report and return the page's path."""
    return build_report(inputs(context), context.state.report)


def inputs(context: Context) -> ReportInputs:
    """All that the report shows."""
    read: Read = partial(delta.read, context.state.lake)
    records = context.ledger.records()
    truths = ground_truth.truths(context.state)
    liked = drafts.likings(read, partial(ground_truth.liking, context.state))
    forecasts, actuals = _forecasts(read)
    return ReportInputs(
        data=_data(context, records),
        cycles=tuple(
            _cycle(record, before, truths, liked)
            for record, before in zip(records, [{}, *records], strict=False)
            if record["closed"]
        ),
        forecasts=forecasts,
        actuals=actuals,
        outlooks=_outlooks(read),
        segments=read(SEGMENT_TASTE, list(SEGMENT_COLUMNS)),
        history=read("history/accuracy", list(HISTORY_COLUMNS)),
        **_market(read),
        screenplay=drafts.best(context.state, read),
        topics=_topics(context, records),
        checks=_checks(records),
        quarantine=_quarantine(read),
        addresses=_addresses(context),
    )


def _data(context: Context, records: list[Record]) -> DataCounts:
    counted = [record["counts"] for record in records if "counts" in record]
    ends = end_offsets(context.bootstrap, [topic.name for topic in INPUTS])
    newest = counted[-1] if counted else {"bronze": None, "duplicates": None, "silver": {}}
    return DataCounts(
        produced=sum(offset for partitions in ends.values() for offset in partitions.values()),
        bronze=newest["bronze"],
        duplicates=newest["duplicates"],
        dead_lettered=_dead_lettered(context),
        silver=newest["silver"],
    )


def _dead_lettered(context: Context) -> int:
    """Letters, each once however often it was sent."""
    letters = read_topic(context.bootstrap, DEAD_LETTERS.name)
    return len({received.event.event_id for received in letters if isinstance(received.event, Event)})


def _cycle(record: Record, before: Record, truths: dict[int, Truth], liked: dict[int, dict[str, float]]) -> Cycle:
    now, then = record.get("counts", {}), before.get("counts", {})
    came = record.get("feedback", {})
    hidden = {name: getattr(truths.get(record["cycle"]), name, None) for name in ("random_ctr", "oracle_ctr", "regret")}
    return Cycle(
        cycle=record["cycle"],
        seconds=record["seconds"],
        disk=record.get("disk", {}),
        ingested=_new(now, then, "bronze"),
        quarantined=_new(now, then, "quarantined"),
        crowd=_crowd(record.get("crowd")),
        recommender=_candidate(RecommenderResult, record.get("recommender", {})),
        forecaster=_candidate(ForecasterResult, record.get("forecaster", {})),
        outlooks=_outlook_results(record),
        market=_beside(MarketResult, record, "market"),
        campaigns=_beside(CampaignResult, record, "campaigns"),
        scripts=scripts_result(record, liked.get(record["cycle"], {})),
        set_aside=_set_aside(record),
        torn=record.get("torn", {}),
        feedback=_told(Feedback, came, {"slates": record.get("slates")}, hidden),
    )


def _told(part: type[Part], *notes: Mapping[str, Any]) -> Part:
    """A part of the contract from what ledger notes say of its fields, by the names of the JSON."""
    names = {str(field.alias) for field in part.model_fields.values()}
    return part.model_validate({name: note[name] for note in notes for name in names & note.keys()})


def _candidate(part: type[Part], note: Record) -> Part | None:
    return _told(part, {"promoted": False}, note) if note.get("trained") else None


def _beside(part: type[Part], record: Record, name: str, *more: Mapping[str, Any]) -> Part | None:
    """What a stage noted, and what became of it; None before there was anything of the kind."""
    return _told(part, record[name], record.get("feedback", {}).get(name, {}), *more) if name in record else None


def _set_aside(record: Record) -> tuple[SetAside, ...]:
    """Of the stages that set something aside."""
    noted = sorted(record.get("set_aside", {}).items())
    return tuple(SetAside(stage=stage, **note) for stage, note in noted if note["count"])


def _new(now: Record, then: Record, name: str) -> int | None:
    return max(0, now[name] - then.get(name, 0)) if name in now else None


def _crowd(note: Record | None) -> Crowd | None:
    if note is None:
        return None
    client, share = max(note["clients"].items(), key=lambda each: each[1], default=(None, None))
    return Crowd(viewers=note["viewers"], set_aside=note["set_aside"], client=client, client_share=share)


def _outlook_results(record: Record) -> tuple[OutlookResult, ...]:
    came, leads = record.get("feedback", {}).get("outlooks", {}), record.get("outlooks", {}).get("leads", {})
    return tuple(
        _told(
            OutlookResult, {"lead": int(lead)}, {**note, "films": None}, note.get("measured") or {}, came.get(lead, {})
        )
        for lead, note in leads.items()
    )


def scripts_result(record: Record, liked: Mapping[str, float]) -> ScriptsResult | None:
    """A cycle's drafts, how they are liked in truth, and their judge; None before there was anything of the kind."""
    taught = record.get(JUDGE, {})
    judge = _candidate(JudgeResult, {**taught, "baseline_error": taught.get("other_error")})
    return _beside(ScriptsResult, record, "scripts", liked, {"judge": judge})


def _forecasts(read: Read) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    made = read("decisions/forecasts", ["film_id", "cycle", "date", "q10", "q50", "q90"])
    actuals = read("features/film_day", ["film_id", "date", "gross"])
    films = read("features/film", ["film_id", "title"])
    if made is None or films is None:
        return None, actuals
    return made.merge(films, on="film_id", how="left"), actuals


def _outlooks(read: Read) -> pd.DataFrame | None:
    made = read("decisions/outlooks", ["outlook_id", "film_id", "cycle", "occurred_at", "opens", "lead", *QUANTILES])
    films = read("features/film", ["film_id", "title"])
    if made is None or films is None:
        return None
    signals = read("feedback/signals", ["kind", "decision_id", "actual", "at"])
    met = pd.DataFrame(columns=["outlook_id", "actual"])
    if signals is not None:
        last = signals[signals["kind"] == "outlook"].sort_values("at").drop_duplicates("decision_id", keep="last")
        met = last.rename(columns={"decision_id": "outlook_id"})[["outlook_id", "actual"]]
    named = made.merge(films, on="film_id", how="left").merge(met, on="outlook_id", how="left")
    return named.assign(made=pd.to_datetime(named["occurred_at"], unit="ms"), opens=pd.to_datetime(named["opens"]))


def _market(read: Read) -> dict[str, pd.DataFrame]:
    """Forecasts of the market, and what came by the signals that they met."""
    made = read("decisions/market", ["territory", "genre", "cycle", "date", *QUANTILES])
    signals = read("feedback/signals", ["kind", "film_id", "date", "actual", "observed_in"])
    if made is None:
        return {}
    about = made["territory"] + ("/" + made["genre"]).fillna("")
    named = made.assign(film_id=about, title=made["genre"].fillna("All films"))
    if signals is None:
        return {"market": named}
    came = signals[signals["kind"] == "market"].sort_values("observed_in", kind="stable")
    newest = came.drop_duplicates(["film_id", "date"], keep="last").rename(columns={"actual": "gross"})
    return {"market": named, "market_actuals": newest}


def _topics(context: Context, records: list[Record]) -> tuple[TopicCount, ...]:
    ends = end_offsets(context.bootstrap, [topic.name for topic in TOPICS])
    read = [record["read"] for record in records if "read" in record]
    done: dict[str, dict[str, int]] = read[-1] if read else {}
    counts = {name: sum(partitions.values()) for name, partitions in ends.items()}
    inputs_read = {topic.name: sum(done.get(topic.name, {}).values()) for topic in INPUTS}
    return tuple(
        TopicCount(name, count, count - inputs_read[name] if name in inputs_read else None)
        for name, count in counts.items()
    )


def _checks(records: list[Record]) -> tuple[CheckResult, ...] | None:
    found = [record["checks"] for record in records if "checks" in record]
    if not found:
        return None
    return tuple(
        CheckResult(finding["name"], table, finding["passed"], finding["detail"])
        for table, findings in sorted(found[-1].items())
        for finding in findings
    )


def _quarantine(read: Read) -> tuple[QuarantineReason, ...]:
    rows = read("silver/quarantine", ["reason"])
    if rows is None:
        return ()
    return tuple(QuarantineReason(str(reason), int(n)) for reason, n in rows["reason"].value_counts().items())


def _addresses(context: Context) -> tuple[Address, ...]:
    return (
        Address("the assets, their runs and their checks", "http://127.0.0.1:3000"),
        Address("the numbers as JSON", (context.state.report / "report.json").as_uri()),
    )
