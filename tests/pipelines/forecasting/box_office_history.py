"""Events of a box office whose law is known, as they would have been told: a day at its end, a film when it opens."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pipelines.forecasting.backtest.known_by_week import BoxOfficeLog
from pipelines.platform.weeks import mondays
from streaming.schema.events import BoxOfficeDay, Event, FilmDescribed
from tests.models.box_offices import decaying
from tests.pipelines.lake.silver_lake import write_silver

_DAY_MS = 24 * 60 * 60 * 1000


def panel() -> pd.DataFrame:
    """From 2021-01-01 to 2021-07-29, with a little noise, in whole dollars."""
    return decaying(210, noise=0.1).round({"gross": 0})


def log_of(frame: pd.DataFrame) -> BoxOfficeLog:
    """The log of a panel."""
    days = frame.assign(week=mondays(frame["date"]), territory="US", genres=None, events=1)
    facts = _firsts(frame).assign(territory=None, gross=np.nan, screens=np.nan, events=1)
    facts = facts.assign(week=mondays(facts["date"]), date=pd.NaT)
    return BoxOfficeLog.of(pd.concat([days, facts], ignore_index=True))


def events() -> list[Event]:
    """The panel as events."""
    return [*map(_described, _firsts(panel()).to_dict("records")), *map(_day, panel().to_dict("records"))]


def write_state(root: Path) -> Path:
    """A state folder whose silver holds the events."""
    write_silver(root / "lake", events())
    return root


def _firsts(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values("date", kind="stable").drop_duplicates("film_id")


def _described(row: dict[Any, Any]) -> FilmDescribed:
    film, genres = row["film_id"], row["genres"].split("|") if row["genres"] else []
    told = {"event_id": f"film {film}", "occurred_at": _ms(row["date"]), "film_id": film}
    return FilmDescribed.model_validate({**told, "title": film, "genres": genres})


def _day(row: dict[Any, Any]) -> BoxOfficeDay:
    date = row["date"].date()
    told = {"event_id": f"{row['film_id']} {date}", "occurred_at": _ms(row["date"]) + _DAY_MS - 1}
    facts = {"film_id": row["film_id"], "date": date, "gross": row["gross"], "screens": int(row["screens"])}
    return BoxOfficeDay.model_validate({**told, **facts})


def _ms(moment: pd.Timestamp) -> int:
    return int(moment.timestamp() * 1000)
