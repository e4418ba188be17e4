"""Outlooks on announced films as they are written and published: an event, and a row, a film and lead."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from jobs import decisions
from models.base.columns import FILM, QUANTILES
from models.outlook.openings import Openings
from pipelines.lake import delta
from pipelines.lake.outbox import Outbox
from streaming.schema.bounds import DAY_MS
from streaming.schema.events import Outlook, derive_id


def family(lead: int) -> str:
    """The registry's family of outlooks made so many days before the opening."""
    return f"outlook-{lead}"


def today_of(as_of: int) -> int:
    """The day number of the day that is not over yet at `as_of` (UTC milliseconds)."""
    return (as_of + 1) // DAY_MS


def events(made: pd.DataFrame, openings: Openings, lead: int, decision: Mapping[str, Any]) -> list[Outlook]:
    """q10, q50, q90 (US dollars) of the coming films → an event a film.

    Args:
        decision: cycle, occurred_at, model, model_version, feature_version of all.
    """
    films = openings.films[openings.coming]
    quantiles = delta.records(made[list(QUANTILES)])
    return [
        Outlook(
            event_id=derive_id("outlook", film, lead, decision["cycle"], decision["occurred_at"]),
            film_id=film,
            lead=lead,
            opens=opens.date(),
            **row,
            **decision,
        )
        for film, opens, row in zip(films[FILM], films["opens"], quantiles, strict=True)
    ]


def _rows(made: Sequence[Outlook]) -> pd.DataFrame:
    return pd.DataFrame([{**each.model_dump(exclude={"event_id"}), "outlook_id": each.event_id} for each in made])


def _events(rows: pd.DataFrame) -> list[Outlook]:
    """The inverse of `_rows`, by film."""
    return [Outlook(event_id=row["outlook_id"], **row) for row in delta.records(rows.sort_values(FILM))]


OUTBOX = Outbox(decisions.OUTLOOKS, _rows, _events)
