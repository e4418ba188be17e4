"""True liking of scripts by segments of the simulated audience: for evaluations, never for training or decisions."""

from collections.abc import Callable
from functools import cache, partial

from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere
from pipelines.platform.settings import script_model
from pipelines.platform.state import State
from pipelines.scripts import observe
from pipelines.scripts.brief import most_wanted, published_segments, segment_headers
from pipelines.scripts.evaluate.briefs import BriefRow, evaluate_briefs
from pipelines.scripts.evaluate.improve import ImproveRow, Truth, composed, evaluate_improve
from pipelines.scripts.improving.scene_writer import borrowing
from pipelines.scripts.judging import train as judging
from pipelines.scripts.judging.answer import serving_judges
from pipelines.scripts.segment_names import viewers_by_segment
from pipelines.scripts.writing.train import open_writer
from pipelines.simulation import ground_truth


def truth_of(state: State) -> Truth:
    """A function that reads the state folder: Fountain and segment → how its members would like it next week.

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
        """The true liking of a script by a segment; raises NothingThere where it has no members."""
        (liked,) = ground_truth.liking(state, week + 1, [text], members.get(segment, ()))
        if liked is None:
            raise NothingThere(f"{segment!r} has no members in {state.root}: name one of {', '.join(members)}")
        return liked

    return truth


def improve_row(
    state: State, scripts: int, within: float, seed: int, began: Callable[[str], None] = lambda what: None
) -> ImproveRow:
    """Load the serving judges, improve scripts made of synopses, and ask the simulated audience what it gained.

    Raises:
        NothingServes: no judge serves.
        NothingThere: nobody knows the truth, or too few films are told of.
    """
    truth, judges = truth_of(state), serving_judges(Context(state)).judges
    segments = [name for name in judges.first.segments if name in judges.second.segments]
    films = judging.films(state.lake, Context(state).ledger.records()[-1]["as_of"])
    made, others = composed(films, segments, scripts, seed)
    write, headers = borrowing(others), cache(partial(segment_headers, state.lake))
    return evaluate_improve(made, judges.first, judges.second, write, truth, within, seed, headers, began)


def brief_row(state: State, pairs: int, seed: int, began: Callable[[str], None] = lambda what: None) -> BriefRow:
    """Draft with the serving writer by all briefs, `pairs` a segment, and ask the simulated audience their worth.

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
