"""A state in which the simulated audience has lived two weeks, without broker and Spark, and judges have learned."""

from itertools import chain
from pathlib import Path

import pandas as pd
from deltalake import write_deltalake

from pipelines.platform import state_source
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.platform.state_source import Source
from pipelines.promotion import promote
from pipelines.scripts.judging import cycle as judge
from pipelines.simulation import ground_truth
from streaming.schema.events import Event, FilmDescribed, Play
from tests.pipelines.lake.sequences import write_sequences
from tests.pipelines.lake.silver_lake import write_silver

SEED, WEEKS = 2, 2  # a world in which some segments love horror
LOVED = ("Horror", "Comedy")


def lived(root: Path) -> Context:
    """What it told in silver, what viewers took up and whose fans they are in features, and judges that serve."""
    context = Context(State.at(root))
    state_source.settle(context.state, Source("audience", SEED))
    audience = ground_truth.audience(context.state, SEED)
    weeks = [audience.opening(), *(audience.live(week, {}) for week in range(1, WEEKS + 1))]
    events = [event for event, _ in chain(*weeks)]
    write_silver(context.state.lake, events)
    _write_features(context.state.lake, events)
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=max(event.occurred_at for event in events))
    judge.train(context, number)
    promote.decide(context, number, "judge")
    context.ledger.close(number)
    return context


def _write_features(lake: Path, events: list[Event]) -> None:
    plays = [(each.viewer_id, each.film_id, each.occurred_at) for each in events if isinstance(each, Play)]
    taken = pd.DataFrame(plays, columns=["viewer_id", "film_id", "occurred_at"]).assign(strength=1.0)
    as_of = int(taken["occurred_at"].max())
    write_sequences(lake, taken.sort_values("occurred_at"), as_of)
    when = pd.Timestamp(as_of, unit="ms", tz="UTC")
    write_deltalake(lake / "features" / "viewer_segment", _members(taken, events).assign(as_of=when))


def _members(taken: pd.DataFrame, events: list[Event]) -> pd.DataFrame:
    """All viewers are of `all`, and fans of the genre, of two, that they took up more of."""
    genres = {each.film_id: each.genres for each in events if isinstance(each, FilmDescribed)}
    of_each = pd.DataFrame({name: [name in genres[film] for film in taken["film_id"]] for name in LOVED})
    counts = of_each.groupby(taken["viewer_id"].to_numpy()).sum()
    counts = counts[counts[LOVED[0]] != counts[LOVED[1]]]
    fans = pd.DataFrame({"viewer_id": counts.index, "segment_facet": "taste", "segment": counts.idxmax(axis=1)})
    everybody = pd.DataFrame({"viewer_id": taken["viewer_id"].unique(), "segment_facet": "all", "segment": "all"})
    return pd.concat([everybody, fans], ignore_index=True)
