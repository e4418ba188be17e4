"""What the verb `target` asks: for which segments of viewers a campaign for a film would add most."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from models.audience.disclosure import EVERYBODY, LEAST
from models.base.columns import FILM, VIEWER
from models.base.days import day_number
from models.uplift.audience import AudienceFeatures
from models.uplift.curve import uplift_curve
from models.uplift.model import FEWEST, ExpectedUplift, Uplift
from pipelines.campaigns.decide import table
from pipelines.campaigns.inputs import DESCRIBED, FAMILY, WINDOW_DAYS, described
from pipelines.lake import delta, sequences
from pipelines.platform.context import Context
from pipelines.platform.errors import NothingServes, NothingThere
from pipelines.platform.film_lookup import asked_film
from pipelines.platform.model_registry import Version
from streaming.schema.bounds import DAY_MS

OTHERS = "others"
_UNTOLD = "untold"
_JUST_OPENED = 14  # days
_SHARES = tuple(tenth / 10 for tenth in range(1, 11))

Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class TargetAnswer:
    """Segments of viewers for a film, by expected uplift, and the share of the gain by the share of viewers reached."""

    facts: dict[str, Any]
    segments: list[dict[str, Any]]  # facet, segment, viewers, affinity, uplift, low, high
    curve: list[dict[str, Any]]  # share of the viewers; shares of the gain by uplift, by affinity, in random order


def target(context: Context, film: str) -> TargetAnswer:
    """Whom to reach for a film (film_id or part of its title): reads the lake, and loads the uplift model.

    Raises:
        NothingThere: no film, or more than one, that is about to open is called so, or too few viewers are known.
        NothingServes: no campaign that uplift could be learned from is over.
    """
    past = sequences.read(context.state.lake)
    now = past.as_of
    if now is None:
        raise NothingThere(f"no viewer in {context.state.lake} has taken anything up: `cineloop run --once`")
    films = described(_read_described_films(context.state.lake), now)
    dated = films[films["opens"].notna()]
    lately = (now + 1) // DAY_MS - _JUST_OPENED
    open_to = dated[day_number(dated["opens"]) > lately].sort_values(["opens", FILM])
    row = asked_film(dated, film, open_to, "is still to open, or has just opened")
    version, model = _served(context)
    interactions = past.interactions
    had = interactions.loc[interactions[FILM] == row[FILM], VIEWER]
    viewers = sorted(set(interactions[VIEWER]) - set(had))
    if len(viewers) < LEAST:
        raise NothingThere(
            f"{len(viewers)} viewers are known who have not taken {row[FILM]} up, and no segment of fewer than "
            f"{LEAST} is shown: turn more cycles, or replay more viewers"
        )
    audience = AudienceFeatures.of(interactions, films, viewers, now)
    expected = model.predict(table(audience, row.to_dict()))
    facets = facets_of(context.state.lake, audience)
    return TargetAnswer(_facts(row, now, version, model, expected), ranked(expected, facets), curve(expected))


def facets_of(lake: Path, audience: AudienceFeatures) -> pd.DataFrame:
    """Read from the lake what viewers are segmented by: a row a viewer in the audience's order, a column a facet.

    Raises:
        NothingThere: the tables of segments have not been written.
    """
    told = delta.read(lake, "features/viewer_segment", where=pc.field("segment_facet") != EVERYBODY)
    active = delta.read(lake, "features/viewer_taste", where=pc.field("facet") == "segment")
    if told is None or active is None:
        raise NothingThere(f"there are no segments in {lake}: `cineloop run --once`")
    names = {"facet": "segment_facet", "value": "segment"}
    known = pd.concat([told, active.assign(facet="activity").rename(columns=names)])
    wide = known.pivot(index=VIEWER, columns="segment_facet", values="segment")
    return wide.reindex(audience.viewers).fillna(_UNTOLD).reset_index(drop=True)


def ranked(expected: ExpectedUplift, facets: pd.DataFrame) -> list[dict[str, Any]]:
    """A row for each segment of each facet, those of the highest expected uplift first.

    Viewers are told in tens: of two films, the difference would tell who has taken one of them up.
    """
    found = [
        {
            "facet": str(facet),
            "segment": segment,
            "viewers": int(round(members.sum(), -1)),
            "affinity": float(expected.affinity[members].mean()),
            **dict(zip(("uplift", "low", "high"), expected.within(members), strict=True)),
        }
        for facet in facets
        for segment, members in segments(facets[facet])
    ]
    return sorted(found, key=lambda row: -row["uplift"])


def segments(names: pd.Series) -> Iterator[tuple[str, Booleans]]:
    """Each segment with its members, none of fewer than `LEAST`.

    Smaller ones are put together as `OTHERS`, with as many of the next larger as it takes: what is left out of a table
    could be told from its sum. Of fewer viewers than that, there is no segment.
    """
    sizes = names.value_counts().sort_index(kind="stable").sort_values(kind="stable")
    small = int((sizes < LEAST).sum())
    while 0 < small < len(sizes) and sizes.iloc[:small].sum() < LEAST:
        small += 1
    together = names.where(~names.isin(sizes.index[:small]), OTHERS)
    for name, size in together.value_counts().items():
        if size >= LEAST:
            yield str(name), (together == name).to_numpy()


def curve(expected: ExpectedUplift) -> list[dict[str, Any]]:
    """The share of the expected gain by the share of viewers reached: by uplift, by affinity, and at random.

    There is none where nothing is gained.
    """
    by = {name: uplift_curve(getattr(expected, name), expected.uplift) for name in ("uplift", "affinity")}
    if by["uplift"][1][-1] <= 0:
        return []
    found = {name: np.interp(_SHARES, reached, gain / gain[-1]).tolist() for name, (reached, gain) in by.items()}
    rows = zip(_SHARES, found["uplift"], found["affinity"], strict=True)
    return [{"share": share, "uplift": ours, "affinity": theirs, "random": share} for share, ours, theirs in rows]


def _facts(row: pd.Series, now: int, version: Version, model: Uplift, expected: ExpectedUplift) -> dict[str, Any]:
    """The facts of an answer: the film, the model version, rounded viewers, and mean uplift with its interval."""
    uplift, low, high = expected.within(slice(None))
    return {
        **{FILM: row[FILM], "title": row["title"], "opens": row["opens"].date()},
        **{"as_of": pd.Timestamp(now, unit="ms").date(), "model_version": version.name},
        **{"viewers": round(len(expected.uplift), -1), "affinity": float(expected.affinity.mean())},
        **{"uplift": uplift, "low": low, "high": high},
        "measured": asdict(model.measured),
    }


def _read_described_films(lake: Path) -> pd.DataFrame:
    """Read the rows of the lake's silver/films; raises NothingThere where none are written."""
    told = delta.read(lake, "silver/films", list(DESCRIBED))
    if told is None:
        raise NothingThere(f"no film is described in {lake}: `cineloop run --once`")
    return told


def _served(context: Context) -> tuple[Version, Uplift]:
    """Load what serves; while none does, since no ranking is shown to beat chance, the newest version."""
    served = context.registry.loaded(FAMILY, Uplift.load)
    if served is not None:
        return served
    versions = [version for version in context.registry.versions(FAMILY) if not version.torn]
    if not versions:
        raise NothingServes(
            f"no uplift is learned yet: a campaign tells what it did {WINDOW_DAYS} days after it began, and "
            f"{FEWEST} of them are needed: turn more cycles with `cineloop run`"
        )
    return versions[-1], context.registry.load(versions[-1], Uplift.load)
