"""How readers rated drafts: as signals, as means by cycle, and as training data of the judges."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base.columns import GENRES, VIEWER
from models.base.errors import BrokenScript
from models.judging.heard import Heard
from models.screenplay.reading import read
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.scripts.decide import READERS, SCRIPT

_LEAST, _MOST = 0.5, 5.0  # stars
_SIGNALS = ["cycle", "decision_id", VIEWER, "reward", "propensity", "predicted", "at"]
_DRAFT = [SCRIPT, "cycle", "segment", "policy", "predicted"]
_PRIOR = 4.0  # readings, of which a draft's mean is worth half
_TOLD = ["event_id", SCRIPT, VIEWER, "rating", "occurred_at"]
_READ = (SCRIPT, VIEWER, "event_id", "rating", "at")
_EVER = np.iinfo(np.int32).max  # a cycle that never comes
NOTHING_READ = pd.DataFrame(columns=[*_DRAFT, "propensity", *_READ[1:], "reward"])


def observed(context: Context, number: int) -> pd.DataFrame:
    """Read from the lake the readings of earlier cycles' drafts until they expire, as `readings` returns them."""
    since = Deadlines.of(context.ledger, number).since(decisions.TERMS[decisions.DRAFTS])
    return readings(context.state.lake, number, context.ledger.read(number)["as_of"], since)


def readings(lake: Path, before: int, as_of: int | None = None, since: int = 0) -> pd.DataFrame:
    """Read from the lake how invited readers rated drafts of the cycles from `since` until before `before`.

    Who was not invited does not count, and of a reader's readings of a draft only the first.

    Returns:
        A row a draft and reader: script_id, cycle, segment, policy, predicted, viewer_id, propensity, event_id, rating
        (stars), at (UTC milliseconds), reward (0 to 1).
    """
    cycles = (pc.field("cycle") >= since) & (pc.field("cycle") < before)
    drafts = delta.read(lake, decisions.DRAFTS, _DRAFT, cycles)
    if drafts is None or drafts.empty:
        return NOTHING_READ
    invited = delta.read(lake, decisions.SCRIPTS, [SCRIPT, VIEWER, "propensity"], cycles)
    told = delta.read(lake, "silver/viewing", _TOLD, pc.field("type") == "read")
    if invited is None or told is None or told.empty:
        return NOTHING_READ
    known = told.assign(at=told["occurred_at"].astype("datetime64[ms, UTC]").astype(np.int64))
    known = known if as_of is None else known[known["at"] <= as_of]
    first = known.sort_values(["at", "event_id"]).drop_duplicates([SCRIPT, VIEWER])[list(_READ)]
    joined = drafts.merge(invited, on=SCRIPT, how="inner").merge(first, on=[SCRIPT, VIEWER], how="inner")
    return joined.assign(reward=(joined["rating"] - _LEAST) / (_MOST - _LEAST))


def signals(readings: pd.DataFrame) -> pd.DataFrame:
    """Readings as rows of `jobs.feedback.SCRIPT_RATINGS`."""
    return readings.rename(columns={SCRIPT: "decision_id"})[_SIGNALS]


def ratings_by_cycle(readings: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Cycle → of its drafts: how often they were read, and the mean stars of all, the briefed and the unbriefed."""
    return {int(str(cycle)): {"read": len(group), **_stars(group)} for cycle, group in readings.groupby("cycle")}


def liked_genres(lake: Path, before: int = _EVER, as_of: int | None = None) -> dict[tuple[str, str], float]:
    """Read from the lake (segment, genre) → how much better its readers rated the genre than all drafts, in rewards.

    Drafts, cycles and time as in `readings`. Shrunk to 0: of one draft's readers, half of the difference counts.
    """
    read_by_then = readings(lake, before, as_of)
    drafts = delta.read(lake, decisions.DRAFTS, [SCRIPT, GENRES]) if len(read_by_then) else None
    if drafts is None:
        return {}
    beyond = read_by_then["reward"] - read_by_then.groupby("segment")["reward"].transform("mean")
    each = read_by_then.assign(beyond=beyond).merge(drafts, on=SCRIPT, how="inner").explode(GENRES)
    found = each.groupby(["segment", GENRES])["beyond"].agg(["sum", "size"])
    return {
        (str(segment), str(genre)): total / (count + READERS) for (segment, genre), total, count in found.itertuples()
    }


def heard(lake: Path, readings: pd.DataFrame, segments: list[str]) -> Heard:
    """Readings as training data of judges: a row a draft, rated by its segment; reads drafts' texts from the lake.

    The appeal of a draft is the log of its readers' mean reward over that of all drafts that the segment has read, both
    counted with some readings of the latter's worth: a few readers say little.
    """
    known = readings[readings["segment"].isin(segments)]
    texts = _texts(lake, known)
    known = known[known[SCRIPT].isin(texts)]
    if known.empty:
        return Heard.nothing(len(segments))
    usual = known.groupby("segment")["reward"].mean()
    drafts = known.groupby([SCRIPT, "segment"])["reward"].agg(["sum", "size"]).reset_index()
    mean = drafts["segment"].map(usual)
    drafts = drafts.assign(mean=mean)[mean > 0]
    liking, weight = np.zeros((2, len(drafts), len(segments)))
    place = np.arange(len(drafts)), [segments.index(name) for name in drafts["segment"]]
    liking[place] = np.log((drafts["sum"] + _PRIOR * drafts["mean"]) / ((drafts["size"] + _PRIOR) * drafts["mean"]))
    weight[place] = drafts["size"] / (drafts["size"] + _PRIOR)
    ids = drafts[SCRIPT].tolist()
    return Heard(pd.Index(ids), [texts[each] for each in ids], liking, weight)


def _texts(lake: Path, readings: pd.DataFrame) -> dict[str, list[str]]:
    """Read from the lake the texts of these drafts: script_id → the prose of its scenes."""
    wanted = pc.field(SCRIPT).isin(sorted(set(readings[SCRIPT])))
    told = delta.read(lake, decisions.DRAFTS, [SCRIPT, "text"], wanted) if len(readings) else None
    return {} if told is None else dict(zip(told[SCRIPT], map(prose, told["text"]), strict=True))


def prose(text: str) -> list[str]:
    """The scenes of a draft's Fountain, in prose; the whole as one scene where nothing happens in it."""
    try:
        return [scene.prose for scene in read(text).scenes]
    except BrokenScript:
        return [text]


def _stars(group: pd.DataFrame) -> dict[str, float | None]:
    """The mean stars of all readings, of the briefed and of the unbriefed drafts; None where there are none."""
    parts = {"stars": group, **{f"{name}_stars": group[group["policy"] == name] for name in ("briefed", "unbriefed")}}
    return {name: float(part["rating"].mean()) if len(part) else None for name, part in parts.items()}
