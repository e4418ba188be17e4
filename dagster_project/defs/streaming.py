"""The input topics, and the records on them with which a cycle begins."""

from dagster import AssetSpec, MaterializeResult, asset

from dagster_project.resources import Loop
from dagster_project.staged import RETRIES
from pipelines.cycle import ingest
from streaming.kafka.topics import INPUTS

GROUP = "streaming"

topics = [
    AssetSpec(topic.name.replace(".", "_"), group_name=GROUP, kinds={"kafka"}, description=topic.about)
    for topic in INPUTS
]


@asset(group_name=GROUP, kinds={"kafka"}, deps=topics, retry_policy=RETRIES)
def waiting_events(loop: Loop) -> MaterializeResult:
    """The records that no cycle has read yet. Begins a cycle in the ledger, or continues one that was killed."""
    number, waiting = ingest.begin(loop.context)
    return MaterializeResult(metadata={"cycle": number, "waiting": waiting})
