"""Feature tables, each as of the cycle's `now`: nothing later is in them."""

from dagster import MaterializeResult

from dagster_project.resources import Loop
from dagster_project.staged import staged
from pipelines.cycle import features
from streaming.kafka.topics import BOXOFFICE, VIEWING

GROUP = "features"
KINDS = {"spark", "deltalake"}


def _write(loop: Loop, table: str) -> MaterializeResult:
    rows = features.write(loop.context, loop.cycle, table)
    return MaterializeResult(metadata={"dagster/row_count": rows})


@staged(GROUP, KINDS, deps=["silver_viewing"], needs=VIEWING.name)
def interaction_sequence(loop: Loop) -> MaterializeResult:
    """A row a viewer: the films taken up, in order."""
    return _write(loop, "interaction_sequence")


@staged(GROUP, KINDS, deps=["silver_viewing"], needs=VIEWING.name)
def viewer_features(loop: Loop) -> MaterializeResult:
    """A row a viewer: what was done so far, and since when we know of each other."""
    return _write(loop, "viewer")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing"], needs=VIEWING.name)
def viewer_taste(loop: Loop) -> MaterializeResult:
    """A row a viewer and genre, decade or person: how much of what was taken up has it, beside everybody's share."""
    return _write(loop, "viewer_taste")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", "silver_viewers"], needs=VIEWING.name)
def viewer_segment(loop: Loop) -> MaterializeResult:
    """A row a viewer and segment: by age, gender and occupation where told, and by taste."""
    return _write(loop, "viewer_segment")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", viewer_segment], needs=VIEWING.name)
def segment_taste(loop: Loop) -> MaterializeResult:
    """A row a period, segment and genre, decade or country: exact sums, not for publication."""
    return _write(loop, "segment_taste")


@staged(GROUP, KINDS, deps=["silver_films", "silver_viewing", "silver_boxoffice"])
def film_features(loop: Loop) -> MaterializeResult:
    """A row a film: its newest facts and what its audience did with it so far."""
    return _write(loop, "film")


@staged(GROUP, KINDS, deps=["silver_boxoffice", "silver_films"], needs=BOXOFFICE.name)
def film_day(loop: Loop) -> MaterializeResult:
    """A row a film and day of its run."""
    return _write(loop, "film_day")
