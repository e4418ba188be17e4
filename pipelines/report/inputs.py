"""All that a report is made of: plain data, so that making it is a pure function."""

from typing import NamedTuple

import pandas as pd
from pydantic import BaseModel, ConfigDict

from models.audience.disclosure import KEYS
from pipelines.report.contract import Cycle, DataCounts, Report

SEGMENT_COLUMNS = ("period", "kind", *KEYS, "viewers", "share", "error", "share_of_all")
HISTORY_COLUMNS = ("week", "films", "days", "wape", "baseline_wape", "cover80")


class TopicCount(NamedTuple):
    """How many events a topic holds, and how many of them the loop has not read yet."""

    topic: str
    events: int
    lag: int | None


class CheckResult(NamedTuple):
    """What a data check found; `detail` says what was seen."""

    name: str
    table: str
    passed: bool
    detail: str


class QuarantineReason(NamedTuple):
    """How many rows the lake did not accept, by the first rule that they broke."""

    reason: str
    rows: int


class Screenplay(NamedTuple):
    """A draft in Fountain, and what its readers gave it."""

    title: str
    text: str
    stars: float
    readers: int


class Address(NamedTuple):
    """Something that can be opened."""

    label: str
    url: str


class ReportInputs(BaseModel):
    """What the loop knows of itself. None is "not asked", empty is "asked, and there was none".

    `forecasts` has a row a film, cycle and day, with quantiles of that day's gross in US dollars; `actuals`
    has a row a film and day. `outlooks` has a row a film before its opening and cycle, with quantiles of its total in
    US dollars, the day on which it was made, and what came (missing while the run is not over).
    `segments` is what was published of the audience.
    `history` is what a back-test measured of each week's forecasts.
    `screenplay` is the draft that readers like best.
    `market` and `market_actuals` are as `forecasts` and `actuals`, of all films and of genres in place of a film.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    data: DataCounts = DataCounts()
    cycles: tuple[Cycle, ...] = ()
    forecasts: pd.DataFrame | None = None
    actuals: pd.DataFrame | None = None
    outlooks: pd.DataFrame | None = None
    segments: pd.DataFrame | None = None
    history: pd.DataFrame | None = None
    market: pd.DataFrame | None = None
    market_actuals: pd.DataFrame | None = None
    screenplay: Screenplay | None = None
    topics: tuple[TopicCount, ...] | None = None
    checks: tuple[CheckResult, ...] | None = None
    quarantine: tuple[QuarantineReason, ...] | None = None
    addresses: tuple[Address, ...] = ()

    @property
    def report(self) -> Report:
        """The part of it that is the contract.

        Raises:
            pydantic.ValidationError: a cycle is there twice.
        """
        return Report(data=self.data, cycles=self.cycles)
