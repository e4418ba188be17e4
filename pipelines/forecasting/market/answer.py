"""What the verb `market` asks: the newest forecast, of all films or a genre, and which genres rise or fall."""

from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from jobs import decisions
from models.base.columns import DATE, QUANTILES
from models.base.days import day_number
from models.films.genres import counted
from models.films.trend import changes, days_compared
from pipelines.lake import delta
from pipelines.lake.box_office import BoxOfficeHistory
from pipelines.lake.film_history import film_history
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingThere


@dataclass(frozen=True)
class MarketAnswer:
    """The newest forecast: its facts and a row a day; and how the last quarter compares, a row a genre."""

    facts: dict[str, Any]
    days: list[dict[str, Any]]  # date, q10, q50, q90 (US dollars)
    trend: list[dict[str, Any]]  # as `trend.Change`, with `share` and `share_before` of all films, and `verdict`


def market(context: Context, genre: str | None, days: int) -> MarketAnswer:
    """The newest forecast of all films, or of a genre, and the trend of all genres until it was made.

    Raises:
        NothingThere: the market has not been forecast, or no genre is called so.
    """
    rows = _newest(context)
    chosen = rows[rows["genre"].isna()] if genre is None else _of_genre(rows, genre)
    ordered = chosen.sort_values(DATE)
    first = ordered.iloc[0]
    history = film_history(context.state.lake, int(first["occurred_at"]))
    last = int(day_number(pd.Timestamp(first[DATE]))) - 1
    facts = {
        **{name: first[name] for name in ("territory", "genre", "market_id", "model", "model_version")},
        "cycle": int(first["cycle"]),
        "as_of": str(pd.Timestamp(last, unit="D").date()),
        "total_q50": float(ordered["q50"].sum()),
        "days_compared": days_compared(history.daily, last),
    }
    shown = delta.records(ordered.head(days)[[DATE, *QUANTILES]].astype({DATE: str}))
    return MarketAnswer(facts, shown, _trend(history, counted(rows["genre"]), last))


def _newest(context: Context) -> pd.DataFrame:
    rows = delta.read(context.state.lake, decisions.MARKET)
    if rows is None or rows.empty:
        raise NothingThere("the market has not been forecast: `cineloop run --once`, on a state with a box office")
    return pd.DataFrame(rows[rows["cycle"] == rows["cycle"].max()])


def _of_genre(rows: pd.DataFrame, genre: str) -> pd.DataFrame:
    found = rows[rows["genre"].str.lower() == genre.lower()]
    if found.empty:
        known = ", ".join(sorted(rows["genre"].dropna().unique()))
        raise NothingThere(f"no genre {genre!r} was forecast: {known}")
    return found


def _trend(history: BoxOfficeHistory, genres: list[str], last: int) -> list[dict[str, Any]]:
    found = changes(history.daily, history.films, genres, last)
    whole = found[0] if found else None
    return [
        {
            **asdict(each),
            "share": each.gross / whole.gross if whole and whole.gross else None,
            "share_before": each.before / whole.before if whole and whole.before else None,
            "verdict": each.verdict,
        }
        for each in found
    ]
