"""Creates the topics, and checks a cluster's identity and reachability."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from streaming.errors import BrokerError
from streaming.kafka.topics import TOPICS, Topic

_CONNECT_S = 5
_BOOTSTRAP_MS = 30_000
_REPLICAS = 3


def ensure_topics(bootstrap: str) -> list[str]:
    """Create those of our topics that the cluster lacks, and return their names; the others stay as they are.

    On a single broker a topic has one replica; on more it has three, two of which must be in sync.

    Raises:
        BrokerError: the cluster cannot be reached, or refuses a topic.
    """
    with _open_admin_client(bootstrap) as client:
        there = set(client.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in there]
        replicas = 1 if len(client.describe_cluster()["brokers"]) == 1 else _REPLICAS
        for topic in missing:
            with suppress(TopicAlreadyExistsError):  # another process may be creating the same ones
                client.create_topics({topic.name: _creation_options(topic, replicas)})
        names = [topic.name for topic in missing]
        if names:
            client.wait_for_topics(names)
        return names


def cluster_id(bootstrap: str) -> str:
    """Ask a cluster for the id that it gave itself when its storage was formatted.

    Raises:
        BrokerError: the cluster cannot be reached.
    """
    with _open_admin_client(bootstrap) as client:
        return str(client.describe_cluster()["cluster_id"])


def check_reachable(bootstrap: str) -> None:
    """Try to connect to each address: Kafka's client would retry, and log errors, for many seconds.

    Raises:
        BrokerError: nobody listens at any of them.
    """
    refusals: list[Exception] = []
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()
            return
        except (OSError, ValueError) as error:
            refusals.append(error)
    raise no_broker(bootstrap, refusals[0]) from refusals[0]


def no_broker(bootstrap: str, error: Exception) -> BrokerError:
    """The error to raise where no broker answers at `bootstrap`."""
    return BrokerError(
        f"no Kafka broker answers at {bootstrap} ({error or type(error).__name__}). "
        "Start the embedded one with `cineloop broker start`, or point CINELOOP_BOOTSTRAP at a running one"
    )


@contextmanager
def _open_admin_client(bootstrap: str) -> Iterator[KafkaAdminClient]:
    check_reachable(bootstrap)
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=_BOOTSTRAP_MS)
    except KafkaError as error:
        raise no_broker(bootstrap, error) from error
    try:
        yield client
    except KafkaError as error:
        raise BrokerError(f"the Kafka cluster at {bootstrap} refused a request: {error}") from error
    finally:
        client.close()


def _creation_options(topic: Topic, replicas: int) -> dict[str, object]:
    in_sync = {"min.insync.replicas": str(replicas - 1)} if replicas > 1 else {}
    return {
        "num_partitions": topic.partitions,
        "replication_factor": replicas,
        "configs": {**topic.settings, **in_sync},
    }
