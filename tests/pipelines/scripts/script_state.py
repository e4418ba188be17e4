"""A state whose lake knows films by their texts, and what the fans of two genres took up and were published with."""

from pathlib import Path

import pandas as pd
from deltalake import write_deltalake

from jobs import decisions
from jobs.releases import SEGMENT_TASTE
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.promotion import promote
from pipelines.scripts.judging import cycle as judge
from streaming.schema.events import FilmDescribed
from tests.models.film_texts import DAY_MS, FANS, GENRES, films, interactions, members
from tests.pipelines.lake.sequences import write_sequences
from tests.pipelines.lake.silver_lake import write_silver

OPENED = int(pd.Timestamp("2020-01-01").timestamp() * 1000)
NOW = OPENED + 60 * DAY_MS
_SHARES = {"all": (0.4, 0.4, 0.2), "taste/Horror": (0.7, 0.1, 0.2), "taste/Romance": (0.1, 0.7, 0.2)}


def told_lake(root: Path) -> Path:
    """A state folder that has lived, and has no model."""
    told = films()
    write_silver(root / "lake", [_described(row) for row in told.to_dict("records")])
    write_sequences(root / "lake", interactions(told), NOW)
    when = pd.Timestamp(NOW, unit="ms", tz="UTC")
    belongs = members().assign(segment_facet=lambda rows: rows["segment"].str.partition("/")[0])
    belongs["segment"] = belongs["segment"].str.rpartition("/")[2]
    secret = belongs[:40].assign(segment_facet="gender", segment="unpublished")
    write_deltalake(root / "lake" / "features" / "viewer_segment", pd.concat([belongs, secret]).assign(as_of=when))
    return root


def publish(root: Path, period: str = "2020-01-01", horror: float = 0.7) -> None:
    """Publish what segments took up in a period."""
    shares = _SHARES | {"taste/Horror": (horror, 0.8 - horror, 0.2)}
    rows = [
        {
            **{"period": pd.Timestamp(period).date(), "kind": "month", "cycle": 1},
            **{"segment_facet": name.partition("/")[0], "segment": name.rpartition("/")[2]},
            **{"facet": "genre", "value": genre, "viewers": 140, "share": share, "error": 0.02, "share_of_all": of_all},
        }
        for name, own in shares.items()
        for genre, share, of_all in zip(GENRES, own, _SHARES["all"], strict=True)
    ]
    decades = [{**row, "facet": "decade", "value": "2020s", "share": 1.0, "share_of_all": 1.0} for row in rows[::3]]
    write_deltalake(root / "lake" / SEGMENT_TASTE, pd.DataFrame(rows + decades), mode="append")


def read_by(
    lake: Path, stars: dict[tuple[str, str], float], readers: int = 16, texts: dict[str, str] | None = None
) -> None:
    """A draft of cycle 1 for each segment and genre, which all its readers give so many stars; `texts`: by genre."""
    told = [(f"{segment} {genre}", segment, [genre], (texts or {}).get(genre, "")) for segment, genre in stars]
    drafts = pd.DataFrame(told, columns=["script_id", "segment", "genres", "text"])
    cycle = pd.array([1] * len(told), dtype="int32")
    write_deltalake(lake / decisions.DRAFTS, drafts.assign(cycle=cycle, policy="briefed", predicted=0.1))
    rows = [
        (f"{segment} {genre}", f"v{at}", given) for (segment, genre), given in stars.items() for at in range(readers)
    ]
    given = pd.DataFrame(rows, columns=["script_id", "viewer_id", "rating"])
    cycle = pd.array([1] * len(given), dtype="int32")
    write_deltalake(lake / decisions.SCRIPTS, given[["script_id", "viewer_id"]].assign(propensity=0.1, cycle=cycle))
    when, film = pd.Timestamp(OPENED, unit="ms", tz="UTC"), pd.array([None] * len(given), dtype="string")
    named = given.assign(event_id=given["script_id"] + given["viewer_id"], film_id=film)
    write_deltalake(lake / "silver" / "viewing", named.assign(type="read", occurred_at=when))


def taught(root: Path) -> Context:
    """A cycle that teaches the judges, of which the gate promotes what is no worse."""
    context = Context(State.at(root))
    number = context.ledger.open_or_resume()
    context.ledger.note(number, as_of=NOW)
    judge.train(context, number)
    promote.decide(context, number, "judge")
    context.ledger.close(number)
    return context


def fans() -> list[str]:
    """The segments that a judge of this state knows."""
    return ["all", *(f"taste/{genre}" for genre in FANS)]


def _described(row: dict) -> FilmDescribed:
    return FilmDescribed(
        event_id=f"told {row['film_id']}",
        occurred_at=OPENED,
        film_id=row["film_id"],
        title=row["title"],
        genres=row["genres"],
        synopsis=f"{row['overview'].capitalize()}.",
        opens=row["opens"].date(),
    )
