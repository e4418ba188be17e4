"""A cycle's slates: one for every viewer, from what serves, onto their topic."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from models.base import columns
from models.recommenders.variety import Variety
from pipelines.lake import catalogue, delta, outbox, sequences
from pipelines.lake.catalogue import Catalogue
from pipelines.lake.sequences import Sequences
from pipelines.platform import set_aside, settings
from pipelines.platform.context import Context
from pipelines.recommending.cycle import Arm, arms
from pipelines.recommending.guard_rails import Kept, Rails, keep
from pipelines.recommending.slates import SLATE_SIZE, SLATES, Occasion, shortlists, slate
from streaming.schema.events import Slate
from streaming.serving.ranking.decider import SlateRequest


def slates(context: Context, number: int) -> list[Slate]:
    """Make this cycle's slates, write them to the lake and send them to Kafka; random ones without a model.

    A cycle that goes on after it was killed sends those that it had written: somebody may have seen them.
    """
    made = outbox.publish(context, number, SLATES, partial(make_slates, context, number))
    context.ledger.note(number, slates=len(made))
    return made


def make_slates(context: Context, number: int) -> list[Slate]:
    """Make a slate for every viewer; writes nothing but the ledger: the guard rails, and whom it cannot serve."""
    record, lake, dial = context.ledger.read(number), context.state.lake, settings.diversity()
    version = record["features"]["interaction_sequence"]
    past = sequences.read(lake, version)
    films = catalogue.read(lake, record["features"].get("film"))
    shown = arms(context, number, _read_viewer_ids(context))
    kept = _kept(shown, past, films, dial)
    context.ledger.note(number, rails=kept.record() if kept else None)
    scores, titles = _by_viewer(kept.listed if kept else None), films.titles
    occasion = Occasion(number, version, record["as_of"])
    made: list[Slate] = []
    aside: dict[str, str] = {}
    for arm in shown:

        def made_for(viewer: str, arm: Arm = arm) -> Slate:
            """The slate of one viewer of an arm."""
            wish = SlateRequest(viewer, SLATE_SIZE, None, number, dial)
            shortlist = scores.get(viewer, {})
            return slate(wish, past.known(viewer), shortlist, films.out, titles, arm.served, occasion)

        own, others = set_aside.each(arm.viewers, str, made_for)
        made += own
        aside |= others
    set_aside.note(context.ledger, number, "slates", aside)
    return made


def _read_viewer_ids(context: Context) -> list[str]:
    """Read the ids of all viewers, sorted, from the lake's `features/viewer`."""
    known = delta.read(context.state.lake, "features/viewer", ["viewer_id"])
    return [] if known is None else sorted(known["viewer_id"])


def _kept(shown: list[Arm], past: Sequences, films: Catalogue, dial: float) -> Kept | None:
    """Rank films for the viewers of all arms, within the guard rails; None where no model serves."""
    variety = Variety.of(films.described, dial)
    models = [(arm.served.model, arm.viewers) for arm in shown if arm.served and arm.viewers]

    def lists(n: int, some: Sequence[str]) -> pd.DataFrame:
        """The best `n` of some films for the viewers of all arms, as `columns.RECOMMENDATIONS`."""
        made = [
            shortlists(model, variety, viewers, past.interactions, past.skipped, n, some) for model, viewers in models
        ]
        return pd.concat(made, ignore_index=True)

    return keep(Rails(), lists, films.out, films.new, SLATE_SIZE) if models else None


def _by_viewer(listed: pd.DataFrame | None) -> dict[str, dict[str, float]]:
    """Lists as a dictionary: viewer → film → score, best first."""
    scores: dict[str, dict[str, float]] = {}
    if listed is not None:
        for viewer, film, score in listed[[columns.VIEWER, columns.FILM, columns.SCORE]].itertuples(index=False):
            scores.setdefault(viewer, {})[film] = score
    return scores
