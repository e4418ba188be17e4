"""True liking of scripts by segments of the simulated audience: for evaluations, never for training or decisions."""

from collections.abc import Callable
from functools import cache, partial

from models.scripts.protocol import Writer
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.settings import script_model
from pipelines.platform.state import State
from pipelines.scripts import observe
from pipelines.scripts.brief import most_wanted, published_segments, segment_headers
from pipelines.scripts.evaluate.briefs import BriefRow, evaluate_briefs
from pipelines.scripts.evaluate.improve import ImproveRow, Truth, evaluate_improve
from pipelines.scripts.improving import improvable
from pipelines.scripts.improving.improvable import Improvable
from pipelines.scripts.judging import train as judging
from pipelines.scripts.judging.answer import serving_judges
from pipelines.scripts.segment_names import viewers_by_segment
from pipelines.scripts.writing.train import open_writer
from pipelines.simulation import ground_truth


def truth_of(state: State) -> Truth:
    """Fountain and segment → how much its members would like it next week, in standard deviations of taste.

    Raises:
        NothingThere: no simulated audience has lived here, or no viewer of it belongs to a segment; of the function,
            that a segment has no members.
    """
    members, week = viewers_by_segment(state.lake), ground_truth.newest_week(state)
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
    """Who wrote the scripts that were improved, and how much better they are in truth.

    Drafts of the writer are improved with its scenes; without one, or if so asked, synopses that are put together.

    Raises:
        NothingServes: no judge serves.
        NothingThere: nobody knows the truth, or there is nothing to improve.
    """
    truth, judges = truth_of(state), serving_judges(Context(state)).judges
    segments = [name for name in judges.first.segments if name in judges.second.segments]
    began("drafting what is to be improved")
    found = _improvable(state, segments, scripts, seed, synopses)
    headers = cache(partial(segment_headers, state.lake))
    row = evaluate_improve(found.scripts, judges.first, judges.second, found.write, truth, within, seed, headers, began)
    return found.by, row


def brief_row(state: State, pairs: int, seed: int, began: Callable[[str], None] = lambda what: None) -> BriefRow:
    """What the briefs of all published segments are worth with the writer that serves, `pairs` drafts of each kind.

    Raises:
        NothingServes: no writer serves.
        NothingThere: nobody knows the truth, nothing is published, or the writer knows no genre that is wanted.
    """
    truth, writer = truth_of(state), open_writer(state, script_model())
    names = published_segments(state.lake)
    wanted = most_wanted(state.lake, names, writer.genres, observe.liked_genres(state.lake))
    if not wanted:
        raise NothingThere(f"{writer.name} knows none of the genres that {len(names)} segments want: train it on films")
    return evaluate_briefs(wanted, writer, truth, pairs, seed, began)


def _improvable(state: State, segments: list[str], count: int, seed: int, synopses: bool) -> Improvable:
    writer = None if synopses else _writer(state)
    if writer is not None:
        return improvable.drafted(writer, segments, count, seed)
    newest = Context(state).ledger.records()[-1]
    return improvable.composed(judging.films(state.lake, newest["as_of"]), segments, count, seed)


def _writer(state: State) -> Writer | None:
    try:
        return open_writer(state, script_model())
    except NothingServes:
        return None
