"""`decisions/{recommendations,served,forecasts,outlooks,market,campaigns,drafts,scripts}`: what was decided, a row a
slate and film, a film and day, a film that has not opened, a genre (null: all films) and day, a campaign and viewer
(who was not chosen, too), a draft, or a draft and invited reader (`scripts`: a text is there once, its readers are
many).

The cycle writes its own decisions here before it sends them to their topics; what the serving app has decided it
collects from the topic into `served`. A repeated cycle sends the rows that it had written.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.lake import Lake
from streaming.schema.bounds import DAY_MS

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

RECOMMENDATIONS, SERVED, FORECASTS = "decisions/recommendations", "decisions/served", "decisions/forecasts"
OUTLOOKS, MARKET, CAMPAIGNS = "decisions/outlooks", "decisions/market", "decisions/campaigns"
DRAFTS, SCRIPTS = "decisions/drafts", "decisions/scripts"
SIGNALS = "feedback/signals"  # what became of them: `jobs.feedback`


@dataclass(frozen=True)
class Term:
    """For how many days the world can answer a decision, and how many days later its answers may still arrive."""

    open: int
    late: int

    @property
    def ms(self) -> int:
        """Milliseconds from the decision until the last answer that is waited for."""
        return (self.open + self.late) * DAY_MS


TERMS = {
    RECOMMENDATIONS: Term(open=14, late=14),
    SERVED: Term(open=14, late=14),
    FORECASTS: Term(open=28, late=28),  # as far as they look ahead; box office comes late, and is corrected
    MARKET: Term(open=28, late=28),
    OUTLOOKS: Term(open=30 + 180, late=28),  # asked at most 30 days before the opening; the longest run
    CAMPAIGNS: Term(open=21, late=28),
    DRAFTS: Term(open=28, late=28),
}
"""When decisions of each table expire; a cycle's never before the next cycle's have taken their place."""
_SLATES = """slate_id string, viewer_id string, cycle int, occurred_at bigint, policy string,
        model string, model_version string, feature_version int, film_id string, position int,
        propensity double, score double, reason string"""
SCHEMAS = {
    RECOMMENDATIONS: _SLATES,
    SERVED: f"{_SLATES}, collected_in int",
    FORECASTS: """forecast_id string, film_id string, cycle int, occurred_at bigint, model string,
        model_version string, feature_version int, date date, q10 double, q50 double, q90 double""",
    OUTLOOKS: """outlook_id string, film_id string, lead int, opens date, cycle int, occurred_at bigint,
        model string, model_version string, feature_version int, q10 double, q50 double, q90 double""",
    CAMPAIGNS: """campaign_id string, film_id string, opens date, cycle int, occurred_at bigint, policy string,
        model string, model_version string, feature_version int, viewer_id string, propensity double,
        shown boolean, uplift double""",
    MARKET: """market_id string, territory string, genre string, cycle int, occurred_at bigint, model string,
        model_version string, feature_version int, date date, q10 double, q50 double, q90 double""",
    DRAFTS: """script_id string, cycle int, occurred_at bigint, segment string, policy string, title string,
        text string, genres array<string>, tone string, seed bigint, model string, model_version string,
        feature_version int, judge_version string, predicted double""",
    SCRIPTS: "script_id string, cycle int, viewer_id string, propensity double",
}


def write(
    spark: "SparkSession", lake: Lake, table: str, cycle: int, rows: "pd.DataFrame", column: str = "cycle"
) -> None:
    """Write a cycle's decisions to the lake, in the place of those that it wrote before; `column` holds its number."""
    from jobs import local_frame  # Spark's types: verbs that read the names of tables are not to wait for them

    lake.replace(local_frame.of_pandas(spark, rows, SCHEMAS[table]), table, column, cycle)
