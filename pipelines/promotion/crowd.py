"""Whose answers decide: viewers who choose, each once, and no client that speaks for fewer than half of them alone.

A viewer who takes whatever is shown is set aside (`models.evaluation.crowd`). A client is the CloudEvents source of
most of a viewer's events, up to `#`, after which comes the place in it; those of fewer than one viewer in a hundred are
one. What a client of at most half of the viewers says must hold without it, too: a small one can leave a question open,
and decide none. Cutting the largest down instead would lift the small ones, which anybody can be.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from jobs import decisions
from models.base.columns import FILM, STRENGTH, VIEWER
from models.evaluation.crowd import indiscriminate
from pipelines.lake import delta
from pipelines.platform.context import Context
from pipelines.platform.deadlines import Deadlines
from pipelines.promotion.slate_answers import answered, shown

LOOKED_BACK = decisions.Term(open=28, late=28)
"""The slates by which viewers, and how places are looked at, are judged."""
_SHOWN = ["slate_id", VIEWER, FILM, "occurred_at"]
_SMALL, _MINORITY = 0.01, 0.5  # of the viewers
_SMALL_ONES = "others"
_LONGEST = 80  # characters of a client's name


@dataclass(frozen=True)
class Crowd:
    """Viewers who looked at slates, those of them who are set aside, and the client of each viewer who is known."""

    viewers: frozenset[str]
    aside: frozenset[str]
    clients: pd.Series  # viewer_id → client

    @classmethod
    def of(cls, lake: Path, answers: pd.DataFrame) -> Self:
        """Judge by these answers (`answered`) which viewers count; the lake tells viewers' clients."""
        each = answers.groupby(VIEWER)["reward"].agg(taken=np.count_nonzero, shown="size")
        flagged = indiscriminate(each["taken"].to_numpy(np.int64), each["shown"].to_numpy(np.int64))
        return cls(frozenset(each.index), frozenset(each.index[flagged]), _client_by_viewer(lake))

    @cached_property
    def shares(self) -> dict[str, float]:
        """Client → its share of the viewers who count, the largest first."""
        client = self._client_of(pd.Series(sorted(self.viewers - self.aside), dtype=object))
        return {str(name): float(share) for name, share in client.value_counts(normalize=True).items()}

    def choosing(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of viewers who are not set aside."""
        return rows[~rows[VIEWER].isin(self.aside)].reset_index(drop=True) if self.aside else rows

    def without_each(self, rows: pd.DataFrame) -> list[pd.DataFrame]:
        """The rows without those of a client, for each that speaks for at most half of their viewers."""
        client = self._client_of(rows[VIEWER])
        return [rows[client != each] for each in _minor_clients(client[~rows[VIEWER].duplicated()])]

    def bounded(self, taken: pd.DataFrame) -> pd.DataFrame:
        """`columns.INTERACTIONS` of viewers who choose.

        Of no film does a client that speaks for at most half of the viewers count for more than all others together,
        and an even share of all that it tells: its rows' strength is lowered.
        """
        kept = self.choosing(taken)
        client, strength = self._client_of(kept[VIEWER]), kept[STRENGTH]
        small = _minor_clients(client[~kept[VIEWER].duplicated()])
        for each in small:
            mine = client == each
            own, others = (kept[STRENGTH].where(side, 0.0).groupby(kept[FILM]).sum() for side in (mine, ~mine))
            most = (others + own.mean()) / own.where(own > 0)
            strength = strength.where(~mine, strength * kept[FILM].map(most.clip(upper=1.0)))
        return kept.assign(**{STRENGTH: strength}) if small else kept

    def record(self) -> dict[str, Any]:
        """The crowd as the ledger keeps it; writes nothing."""
        return {"viewers": len(self.viewers), "set_aside": len(self.aside), "clients": self.shares}

    def _client_of(self, viewers: pd.Series) -> pd.Series:
        return viewers.map(self.clients).fillna("")


def standing(context: Context, number: int) -> Crowd:
    """Read the slates of the last weeks before a cycle from the lake, and judge by them which viewers count."""
    now = context.ledger.read(number)["as_of"]
    return Crowd.of(context.state.lake, answered(context.state.lake, _recent_slates(context, number), now))


def _recent_slates(context: Context, number: int) -> pd.DataFrame:
    deadlines = Deadlines.of(context.ledger, number)
    cycles = (pc.field("cycle") >= deadlines.since(LOOKED_BACK)) & (pc.field("cycle") < number)
    served = pc.field("occurred_at") >= deadlines.moments[number] - LOOKED_BACK.ms
    return shown(context.state.lake, _SHOWN, cycles, served)


def _minor_clients(client: pd.Series) -> list[str]:
    """The clients of at most half of some viewers, whose clients are given."""
    share = client.value_counts(normalize=True)
    return sorted(str(each) for each in share.index[share <= _MINORITY])


def _client_by_viewer(lake: Path) -> pd.Series:
    """Viewer → the client of most of the viewer's events, from the lake; of two, the first by name."""
    told = delta.read_arrow(lake, "silver/viewing", [VIEWER, "source"])
    if told is None:
        return pd.Series(dtype=object)
    named = pc.replace_substring_regex(pc.fill_null(told["source"], ""), "(?s)#.*", "")
    client = pc.utf8_slice_codeunits(named, 0, _LONGEST)
    each = told.set_column(1, "client", client).group_by([VIEWER, "client"]).aggregate([([], "count_all")])
    order = [("count_all", "descending"), ("client", "ascending")]
    most: pd.Series = each.sort_by(order).to_pandas().drop_duplicates(VIEWER).set_index(VIEWER)["client"]
    return most.where(most.map(most.value_counts(normalize=True)) >= _SMALL, _SMALL_ONES)
