"""The contract of `report.json`: what other programs may rely on. Null where a thing does not apply.

Field names are the JSON's, with `_at_10` for `@10`: both spellings are read, the JSON's is written.
"""

import math
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field


def _nan_is_null(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value


# Frames say "does not apply" with NaN; infinity is nobody's answer and is refused.
Count = Annotated[Annotated[int, Field(ge=0)] | None, BeforeValidator(_nan_is_null)]
Measure = Annotated[Annotated[float, Field(allow_inf_nan=False)] | None, BeforeValidator(_nan_is_null)]


class _Part(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.replace("_at_10", "@10"),
        validate_by_name=True,
        serialize_by_alias=True,
        coerce_numbers_to_str=True,
    )


class SilverCounts(_Part):
    """Rows of each silver table."""

    viewing: Count = None
    boxoffice: Count = None
    films: Count = None
    viewers: Count = None


class DataCounts(_Part):
    """Events that were sent, rows that bronze holds, and what became of them; all since the first cycle."""

    produced: Count = None
    bronze: Count = None
    duplicates: Count = None
    dead_lettered: Count = None
    silver: SilverCounts = SilverCounts()


class Named(_Part):
    """A film, viewer or draft, and why it was set aside."""

    id: str
    reason: str


class SetAside(_Part):
    """What a stage could not handle and went on without: how many things, and the first of them by name."""

    stage: str
    count: Count = None
    first: tuple[Named, ...] = ()


class RecommenderResult(_Part):
    """A candidate recommender at the gate: NDCG@10 and coverage@10 on the hold-out (0–1), and the verdict."""

    name: str
    version: str | None = None
    ndcg_at_10: Measure = None
    baseline_ndcg_at_10: Measure = None
    coverage_at_10: Measure = None
    promoted: bool
    reason: str | None = None


class ForecasterResult(_Part):
    """A candidate forecaster at the gate: WAPE, coverage of the 80 % interval (1: all), and the verdict."""

    name: str
    version: str | None = None
    wape: Measure = None
    baseline_wape: Measure = None
    cover80: Measure = None
    promoted: bool
    reason: str | None = None


class GateResult(_Part):
    """A new fit at the gate: its error on what it had not seen, that of what it was measured against, the verdict."""

    version: str | None = None
    measure: str
    error: Measure = None
    other_error: Measure = None
    promoted: bool
    reason: str | None = None


class OutlookResult(_Part):
    """One question about films before they open: how many were asked of, and how its outlook fared since its fit.

    Errors are of the outlook that stood when the cycle began, on films that it had not learned: RMSLE beside that of
    the mean of all films, the median absolute percentage error, coverage of the 80 % interval (0–1). `fitted`: whether
    the cycle learned anew, and why, or why nothing serves; `gate`: whether the new fit serves. `came`: how many of the
    films asked of in this cycle have run since; their median error, and the share inside the interval.
    """

    lead: int
    name: str | None = None
    version: str | None = None
    asked: Count = None
    films: Count = None
    rmsle: Measure = None
    baseline_rmsle: Measure = None
    mdape: Measure = None
    cover80: Measure = None
    fitted: bool = False
    reason: str | None = None
    gate: GateResult | None = None
    came: Count = None
    came_mdape: Measure = None
    came_cover80: Measure = None


class MarketResult(_Part):
    """All films together and by genre, day by day for four weeks: what was forecast, and what came of it.

    `total` is the sum of the medians of all films, US dollars; `genres` how many were forecast. `fitted`: whether the
    cycle learned anew, and why, or why nothing was forecast. `came`: how many days of this cycle's forecasts have come
    since; their WAPE beside that of the same weekdays repeated, and the share of days inside the 80 % interval, of all
    films and of the genres.
    """

    name: str | None = None
    version: str | None = None
    genres: Count = None
    total: Count = None
    fitted: bool = False
    reason: str | None = None
    gate: GateResult | None = None
    came: Count = None
    wape: Measure = None
    baseline_wape: Measure = None
    cover80: Measure = None
    genre_wape: Measure = None
    genre_baseline_wape: Measure = None
    genre_cover80: Measure = None


class CampaignResult(_Part):
    """Trailers of films that open soon: to whom they were shown, and what that added.

    `made`: campaigns decided in this cycle; `viewers`: pairs of a film and a viewer drawn for; `shown`: those drawn.
    `over`: earlier campaigns that the choice was learned from; `qini`: by how much choosing by it beats chance among
    them, and the low end of its interval (both in take-ups a viewer); `reason`: why the draw was blind instead. `came`:
    how many of this cycle's campaigns are over since; what a trailer was expected to add to the probability that a
    viewer takes the film up, and what it did add by the draw.
    """

    version: str | None = None
    made: Count = None
    viewers: Count = None
    shown: Count = None
    over: Count = None
    qini: Measure = None
    low: Measure = None
    reason: str | None = None
    came: Count = None
    expected: Measure = None
    added: Measure = None


class JudgeResult(_Part):
    """Candidate judges of scripts at the gate: the mean error of log appeal on films that they were not taught.

    `baseline_error` is that of what served, or of who takes all films for the mean; `drafts` is how many drafts with
    readers taught them beside the films.
    """

    name: str
    version: str | None = None
    error: Measure = None
    baseline_error: Measure = None
    drafts: Count = None
    promoted: bool
    reason: str | None = None


class ScriptsResult(_Part):
    """Drafts for segments of the audience, half of them by the segment's brief, the others (unbriefed) by chance.

    `drafts`: sent in this cycle, written by `version`; `reason`: why there are none. `read`: how often they were read,
    and the mean stars (0.5–5) that readers gave. `liking` is the hidden taste of the segments that they are for, in
    standard deviations.
    """

    version: str | None = None
    drafts: Count = None
    read: Count = None
    stars: Measure = None
    briefed_stars: Measure = None
    unbriefed_stars: Measure = None
    liking: Measure = None
    briefed_liking: Measure = None
    unbriefed_liking: Measure = None
    reason: str | None = None
    judge: JudgeResult | None = None


class Feedback(_Part):
    """What became of a cycle's decisions. Rates are 0–1; regret is in clicks per slate."""

    slates: Count = None
    impressions: Count = None
    clicks: Count = None
    ctr: Measure = None
    random_ctr: Measure = None
    oracle_ctr: Measure = None
    regret: Measure = None
    hit_rate_at_10: Measure = None
    forecast_wape: Measure = None


class Crowd(_Part):
    """Who decided about the recommender: viewers who looked at slates of the last weeks, and how many were set aside.

    Set aside are those who take whatever they are shown. `client` tells of most of the others, and of which share.
    """

    viewers: Count = None
    set_aside: Count = None
    client: str | None = None
    client_share: Measure = None


class Cycle(_Part):
    """One turn of the loop; `seconds` by stage, in the order in which the stages ended.

    `disk` is the bytes that each room of the state folder took as the cycle ended. `torn`: model versions that were
    found torn or foreign, with the reason; what served before each served again.
    """

    cycle: int
    seconds: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = {}
    disk: dict[str, Annotated[int, Field(ge=0)]] = {}
    ingested: Count = None
    quarantined: Count = None
    crowd: Crowd | None = None
    recommender: RecommenderResult | None = None
    forecaster: ForecasterResult | None = None
    outlooks: tuple[OutlookResult, ...] = ()
    market: MarketResult | None = None
    campaigns: CampaignResult | None = None
    scripts: ScriptsResult | None = None
    set_aside: tuple[SetAside, ...] = ()
    torn: dict[str, str] = {}
    feedback: Feedback = Feedback()


def _in_order(cycles: tuple[Cycle, ...]) -> tuple[Cycle, ...]:
    numbers = sorted(cycle.cycle for cycle in cycles)
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise ValueError(f"cycles {twice} are there more than once; the report wants one record a cycle")
    return tuple(sorted(cycles, key=lambda cycle: cycle.cycle))


class Report(_Part):
    """All of `report.json`, cycles in order."""

    data: DataCounts = DataCounts()
    cycles: Annotated[tuple[Cycle, ...], AfterValidator(_in_order)] = ()

    def to_json(self) -> str:
        """The text of `report.json`."""
        return self.model_dump_json(indent=2) + "\n"


def read_report(path: Path) -> Report:
    """The report in a `report.json`.

    Raises:
        FileNotFoundError: no report was made yet; the message has the command that makes one.
        pydantic.ValidationError: the file is no report.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no report at {path}: run `cineloop report` to make one")
    return Report.model_validate_json(path.read_bytes())
