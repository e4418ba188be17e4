"""Topics are made once, with the settings that `topics` gives them."""

from contextlib import closing

import pytest
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from streaming.broker.node import EmbeddedBroker
from streaming.errors import BrokerError
from streaming.kafka.admin import cluster_id, ensure_topics
from streaming.kafka.topics import INPUTS, TOPICS

pytestmark = pytest.mark.kafka


def test_topics_are_made_once_and_stay(broker: EmbeddedBroker) -> None:
    assert ensure_topics(broker.bootstrap) == []


def test_topics_have_their_partitions_and_settings(broker: EmbeddedBroker) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=broker.bootstrap)) as client:
        described = {topic["name"]: topic for topic in client.describe_topics([t.name for t in TOPICS])}
        resources = [ConfigResource(ConfigResourceType.TOPIC, topic.name) for topic in TOPICS]
        settings = client.describe_configs(resources, config_filter="all")["topic"]
    for topic in TOPICS:
        assert len(described[topic.name]["partitions"]) == topic.partitions
        got = {name: settings[topic.name][name]["value"] for name in topic.settings}
        assert got == topic.settings
    policies = {topic.name: settings[topic.name]["cleanup.policy"]["value"] for topic in INPUTS}
    assert set(policies.values()) == {"delete"}, "a rebuild reads all that was told, and not the newest of each key"


def test_the_cluster_id_is_the_one_its_storage_was_formatted_with(broker: EmbeddedBroker) -> None:
    (properties,) = broker.status().folder.rglob("meta.properties")
    lines = dict(line.split("=", 1) for line in properties.read_text().splitlines() if "=" in line)
    assert cluster_id(broker.bootstrap) == lines["cluster.id"]


def test_where_no_broker_answers_the_error_says_how_to_start_one() -> None:
    with pytest.raises(BrokerError, match="cineloop broker start"):
        ensure_topics("127.0.0.1:9")
