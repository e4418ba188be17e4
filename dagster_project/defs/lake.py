"""Bronze: records as received. Silver: valid events, typed and deduplicated."""

from collections.abc import Iterator

from dagster import AssetSpec, MaterializeResult, MetadataValue, multi_asset

from dagster_project.defs.streaming import waiting_events
from dagster_project.resources import Loop
from dagster_project.staged import RETRIES, staged
from pipelines.cycle import ingest

GROUP = "lake"


@staged(GROUP, {"kafka", "spark", "deltalake"}, deps=[waiting_events])
def bronze_events(loop: Loop) -> MaterializeResult:
    """A row per record of the topics, written to the lake: bytes as received, topic, partition, offset, headers."""
    rows = ingest.to_bronze(loop.context, loop.cycle)
    return MaterializeResult(metadata={"dagster/row_count": rows})


_ABOUT = {
    "silver_films": "A row per description of a film, typed, each event once.",
    "silver_viewers": "A row per description of a viewer by themselves, typed, each event once.",
    "silver_viewing": "A row per action of a viewer, typed, each event once.",
    "silver_boxoffice": "A row per film, territory and day, typed, each event once.",
    "quarantine": "A row per rejected record, with the reason and the bytes as received.",
}


@multi_asset(
    specs=[
        AssetSpec(name, deps=[bronze_events], group_name=GROUP, kinds={"spark", "deltalake"}, description=about)
        for name, about in _ABOUT.items()
    ],
    retry_policy=RETRIES,
)
def silver(loop: Loop) -> Iterator[MaterializeResult]:
    """Sorts every bronze row into a silver table, the duplicates or the quarantine, in the lake."""
    with loop.context.ledger.stage(loop.cycle, "silver"):
        counts = ingest.to_silver(loop.context, loop.cycle)
    for name, rows in counts.silver.items():
        yield MaterializeResult(f"silver_{name}", metadata={"dagster/row_count": rows})
    equation = MetadataValue.text(counts.equation())
    yield MaterializeResult("quarantine", metadata={"dagster/row_count": counts.quarantined, "counts": equation})
