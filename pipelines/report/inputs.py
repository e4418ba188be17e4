"""All that a report is made of: plain data, so that making it is a pure function."""

from typing import Annotated, NamedTuple

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict

from models.audience.disclosure import KEYS
from pipelines.report.contract import Cycle, DataCounts, Report

FORECAST_COLUMNS = ("film_id", "title", "cycle", "date", "q10", "q50", "q90")
ACTUAL_COLUMNS = ("film_id", "date", "gross")
SEGMENT_COLUMNS = ("period", "kind", *KEYS, "viewers", "share", "error", "share_of_all")
HISTORY_COLUMNS = ("week", "films", "days", "wape", "baseline_wape", "cover80")
OUTLOOK_COLUMNS = ("film_id", "title", "cycle", "made", "opens", "lead", "q10", "q50", "q90", "actual")


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


def _with_columns(*wanted: str) -> BeforeValidator:
    def check(frame: object) -> object:
        if isinstance(frame, pd.DataFrame) and (missing := sorted(set(wanted) - set(frame.columns))):
            raise ValueError(f"the frame lacks {missing}; it has {sorted(map(str, frame.columns))}")
        return frame

    return BeforeValidator(check)


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
    forecasts: Annotated[pd.DataFrame | None, _with_columns(*FORECAST_COLUMNS)] = None
    actuals: Annotated[pd.DataFrame | None, _with_columns(*ACTUAL_COLUMNS)] = None
    outlooks: Annotated[pd.DataFrame | None, _with_columns(*OUTLOOK_COLUMNS)] = None
    segments: Annotated[pd.DataFrame | None, _with_columns(*SEGMENT_COLUMNS)] = None
    history: Annotated[pd.DataFrame | None, _with_columns(*HISTORY_COLUMNS)] = None
    market: Annotated[pd.DataFrame | None, _with_columns(*FORECAST_COLUMNS)] = None
    market_actuals: Annotated[pd.DataFrame | None, _with_columns(*ACTUAL_COLUMNS)] = None
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
