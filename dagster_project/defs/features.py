"""Feature tables as of the cycle's `now`: no later event is in them."""

from dagster import MaterializeResult

from dagster_project.resources import Loop
from dagster_project.staged import staged
from pipelines.cycle import features
from streaming.kafka.topics import BOXOFFICE, VIEWING

GROUP = "features"
KINDS = {"spark", "deltalake"}


def _write_feature_table(loop: Loop, table: str) -> MaterializeResult:
    """Write a feature table to the lake; the result has its number of rows."""
    rows = features.write(loop.context, loop.cycle, table)
    return MaterializeResult(metadata={"dagster/row_count": rows})


@staged(GROUP, KINDS, deps=["silver_viewing"], needs=VIEWING.name)
def interaction_sequence(loop: Loop) -> MaterializeResult:
    """A row per viewer: the films watched, in order. Written to the lake."""
    return _write_feature_table(loop, "interaction_sequence")


@staged(GROUP, KINDS, deps=["silver_viewing"], needs=VIEWING.name)
def viewer_features(loop: Loop) -> MaterializeResult:
    """A row per viewer: counts of what they did so far, and the time of their first event. Written to the lake."""
    return _write_feature_table(loop, "viewer")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing"], needs=VIEWING.name)
def viewer_taste(loop: Loop) -> MaterializeResult:
    """A row per viewer and genre, decade or person: its share of films, and everybody's share. Written to the lake."""
    return _write_feature_table(loop, "viewer_taste")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", "silver_viewers"], needs=VIEWING.name)
def viewer_segment(loop: Loop) -> MaterializeResult:
    """A row per viewer and segment: by taste, age, gender and occupation where known. Written to the lake."""
    return _write_feature_table(loop, "viewer_segment")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", viewer_segment], needs=VIEWING.name)
def segment_taste(loop: Loop) -> MaterializeResult:
    """A row per period, segment and genre, decade or country: exact sums, not to be published. Written to the lake."""
    return _write_feature_table(loop, "segment_taste")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", "silver_boxoffice"])
def film_features(loop: Loop) -> MaterializeResult:
    """A row per film: its newest facts, and counts of what its audience did so far. Written to the lake."""
    return _write_feature_table(loop, "film")


@staged(GROUP, KINDS, deps=["silver_boxoffice", "silver_films"], needs=BOXOFFICE.name)
def film_day(loop: Loop) -> MaterializeResult:
    """A row per film and day of its run. Written to the lake."""
    return _write_feature_table(loop, "film_day")
