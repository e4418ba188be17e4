"""What became of drafts, for the report: how they are liked in truth, and the one that readers like best."""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from jobs import decisions
from models.base.columns import VIEWER
from pipelines.platform.state import State
from pipelines.report.inputs import Screenplay
from pipelines.scripts.decide import SCRIPT
from pipelines.scripts.observe import readings
from pipelines.scripts.segment_names import viewers_of

_DRAFT = [SCRIPT, "cycle", "segment", "policy", "title", "text"]
_MEMBER = [VIEWER, "segment_facet", "segment"]
_LEAST = 5  # readers of a draft that may be called the best
Like = Callable[[int, Sequence[str], Collection[str]], list[float | None]]
Read = Callable[[str, list[str]], pd.DataFrame | None]


def likings(read: Read, like: Like) -> dict[int, dict[str, float]]:
    """Cycle → how its drafts, and of these the briefed and the unbriefed, are liked by those whom they are for.

    The mean over drafts; nothing where real data speaks.

    Args:
        like: cycle, texts and viewers → how each text is liked by these viewers, None where that is not known.
    """
    drafts, members = read(decisions.DRAFTS, _DRAFT), read("features/viewer_segment", _MEMBER)
    if drafts is None or members is None:
        return {}
    viewers = viewers_of(members)
    parts = [_liked(rows, viewers, like) for _, rows in drafts.groupby(["cycle", "segment"])]
    liked = pd.concat(parts).dropna(subset="liking") if parts else pd.DataFrame(columns=["cycle"])
    return {int(str(cycle)): _means(rows) for cycle, rows in liked.groupby("cycle")}


def best(state: State, read: Read) -> Screenplay | None:
    """The draft with the highest mean of stars, of those that some have read; the older one of equals."""
    drafts = read(decisions.DRAFTS, _DRAFT)
    if drafts is None or drafts.empty:
        return None
    met = readings(state.lake, int(drafts["cycle"].max()) + 1)
    stars = met.groupby(SCRIPT)["rating"].agg(["mean", "size"])
    known = drafts.merge(stars[stars["size"] >= _LEAST], left_on=SCRIPT, right_index=True, how="inner")
    if known.empty:
        return None
    first = known.sort_values(["mean", "cycle", SCRIPT], ascending=[False, True, True]).iloc[0]
    return Screenplay(first["title"], first["text"], float(first["mean"]), int(first["size"]))


def _liked(rows: pd.DataFrame, viewers: Mapping[str, list[str]], like: Like) -> pd.DataFrame:
    """Drafts of a cycle for a segment, with how they are liked there."""
    cycle, segment = int(rows["cycle"].iloc[0]), str(rows["segment"].iloc[0])
    liking = like(cycle, rows["text"].tolist(), viewers.get(segment, []))
    return rows.assign(liking=np.array(liking, dtype=np.float64))


def _means(rows: pd.DataFrame) -> dict[str, float]:
    parts = {"liking": rows, **{f"{name}_liking": rows[rows["policy"] == name] for name in ("briefed", "unbriefed")}}
    return {name: float(part["liking"].mean()) for name, part in parts.items() if len(part)}
