"""What scripts are really worth to segments, in the simulator: for evaluations, not for who learns or decides."""

from collections.abc import Callable
from functools import cache, partial

from models.base.columns import VIEWER
from models.scripts.protocol import Writer
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.settings import script_model
from pipelines.platform.state import State
from pipelines.scripts import observe as readings
from pipelines.scripts.brief import asked, most_wanted, published_segments
from pipelines.scripts.evaluate.briefs import BriefRow, evaluate_briefs
from pipelines.scripts.evaluate.improve import ImproveRow, Truth, evaluate_improve
from pipelines.scripts.improving import improvable
from pipelines.scripts.improving.improvable import Improvable
from pipelines.scripts.judging import train as teaching
from pipelines.scripts.judging.answer import bench
from pipelines.scripts.segment_names import viewers_of
from pipelines.scripts.writing.train import opened
from pipelines.simulation import ground_truth


def truth_of(state: State) -> Truth:
    """Fountain and segment → how much its members would like it next week, in standard deviations of taste.

    Raises:
        NothingThere: no simulated audience has lived here, or no viewer of it belongs to a segment; of the function,
            that a segment has no members.
    """
    members, week = _members(state), ground_truth.newest_week(state)
    if week is None or not members:
        raise NothingThere(
            f"nobody knows what scripts are really worth to the viewers of {state.root}: only the simulated audience "
            "does, once it has lived (`cineloop run --once --cycles 3 --seed 7`)"
        )

    def truth(text: str, segment: str) -> float:
        (liked,) = ground_truth.liking(state, week + 1, [text], members.get(segment, ()))
        if liked is None:
            raise NothingThere(f"{segment!r} has no members in {state.root}: name one of {', '.join(members)}")
        return liked

    return truth


def improve_row(
    state: State,
    scripts: int,
    within: float,
    seed: int,
    began: Callable[[str], None] = lambda what: None,
    synopses: bool = False,
) -> tuple[str, ImproveRow]:
    """Whose scripts were improved, and how much better they are in truth.

    Drafts of the writer are improved with its scenes; without one, or if so asked, synopses that are put together.

    Raises:
        NothingServes: no judge serves.
        NothingThere: nobody knows the truth, or there is nothing to improve.
    """
    truth, judges = truth_of(state), bench(Context(state)).judges
    segments = [name for name in judges.first.segments if name in judges.second.segments]
    began("drafting what is to be improved")
    found = _improvable(state, segments, scripts, seed, synopses)
    headers = cache(partial(asked, state.lake))
    row = evaluate_improve(found.scripts, judges.first, judges.second, found.write, truth, within, seed, headers, began)
    return found.by, row


def brief_row(state: State, pairs: int, seed: int, began: Callable[[str], None] = lambda what: None) -> BriefRow:
    """What the briefs of all published segments are worth with the writer that serves, `pairs` drafts of each kind.

    Raises:
        NothingServes: no writer serves.
        NothingThere: nobody knows the truth, nothing is published, or the writer knows no genre that is wanted.
    """
    truth, writer = truth_of(state), opened(state, script_model())
    names = published_segments(state.lake)
    wanted = most_wanted(state.lake, names, writer.genres, readings.liked_genres(state.lake))
    if not wanted:
        raise NothingThere(f"{writer.name} knows none of the genres that {len(names)} segments want: train it on films")
    return evaluate_briefs(wanted, writer, truth, pairs, seed, began)


def _improvable(state: State, segments: list[str], count: int, seed: int, synopses: bool) -> Improvable:
    writer = None if synopses else _writer(state)
    if writer is not None:
        return improvable.drafted(writer, segments, count, seed)
    newest = Context(state).ledger.records()[-1]
    return improvable.composed(teaching.films(state.lake, newest["as_of"]), segments, count, seed)


def _writer(state: State) -> Writer | None:
    try:
        return opened(state, script_model())
    except NothingServes:
        return None


def _members(state: State) -> dict[str, list[str]]:
    """Segment → its viewers."""
    told = delta.read(state.lake, "features/viewer_segment", [VIEWER, "segment_facet", "segment"])
    return {} if told is None else viewers_of(told)
