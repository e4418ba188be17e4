"""Forecasts as of the end of past weeks, by what was known then.

A forecaster and the baseline are fitted once a quarter on what was known on its first Monday, and forecast from the
panel as it stood at the end of each week (forecast evaluation with a rolling origin: Tashman 2000). A week's forecasts
depend on nothing but what was told by its end: alone they are the same as among years.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from models.base.columns import DATE, FILM, QUANTILES
from models.base.errors import EmptyTraining
from models.forecasters import members
from models.forecasters.protocol import Forecaster
from pipelines.forecasting.backtest.known_by_week import EVENTS, WEEK, BoxOfficeLog
from pipelines.forecasting.daily.train import BASELINE, CHOSEN
from pipelines.lake import delta
from pipelines.platform.weeks import SUNDAY, learned_until, quarter_of

FORECASTS = "history/forecasts"
REPEATED = "baseline"
SCHEMA = pa.schema(
    [
        *[(WEEK, pa.date32()), (FILM, pa.string()), (DATE, pa.date32())],
        *[(name, pa.float64()) for name in (*QUANTILES, REPEATED)],
        *[("model", pa.string()), (EVENTS, pa.int64())],
    ]
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Quarter:
    """The forecasts of a quarter's weeks, as `history/forecasts` has them, or why there are none.

    A row a week, film in release and day ahead: quantiles and the baseline's forecast in US dollars, the model's name,
    and `events`, how many had been told by the end of the week.
    """

    name: str
    weeks: list[pd.Timestamp]
    made: pd.DataFrame
    skipped: str | None = None


def quarters(
    log: BoxOfficeLog, weeks: Sequence[pd.Timestamp], began: Callable[[str], None], progress: Progress
) -> Iterator[Quarter]:
    """Forecast from the end of each of `weeks`, in order, a quarter at a time.

    Args:
        began: told the name of each step as it begins.
        progress: told how many weeks of the step are done, of how many.
    """
    for name, group in groupby(sorted(weeks), key=quarter_of):
        asked = list(group)
        began(f"{name}: learn, and forecast from {len(asked)} weeks")
        known = log.panel(learned_until(asked[0]))
        try:
            pair = members()[CHOSEN]().fit(known), members()[BASELINE]().fit(known)
        except EmptyTraining as error:
            yield Quarter(name, asked, _frame([]), str(error))
            continue
        made = []
        for done, week in enumerate(asked, 1):
            made.append(_forecasts(log, week, *pair))
            progress(done, len(asked))
        yield Quarter(name, asked, _frame(made))


def _forecasts(log: BoxOfficeLog, week: pd.Timestamp, model: Forecaster, baseline: Forecaster) -> pd.DataFrame:
    panel, origin = log.panel(week), week + SUNDAY
    repeated = baseline.forecast(panel, origin)[[FILM, DATE, "q50"]].rename(columns={"q50": REPEATED})
    made = model.forecast(panel, origin).merge(repeated, how="left", on=[FILM, DATE])
    return made.assign(week=week, model=model.name, events=log.known(week))


def _frame(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    rows: pd.DataFrame = pd.concat(filled, ignore_index=True) if filled else SCHEMA.empty_table().to_pandas()
    return rows.reindex(columns=SCHEMA.names)


def read(lake: Path, weeks: Sequence[pd.Timestamp] | None = None) -> pd.DataFrame:
    """`history/forecasts` of these weeks, by default of all; empty where nothing has been written yet."""
    where = None if weeks is None else pc.field(WEEK).isin([week.date() for week in weeks])
    rows = delta.read(lake, FORECASTS, where=where)
    return _frame([]) if rows is None else rows
