"""The embedded broker, as it really runs: started, stopped, killed, found again."""

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from streaming.broker.node import EmbeddedBroker, resolve_bootstrap
from streaming.errors import BrokerError

pytestmark = pytest.mark.kafka
TOPIC = "viewing.events"


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path_factory.mktemp("one") / "broker") as broker:
        yield broker


@pytest.fixture
def running(one: EmbeddedBroker) -> EmbeddedBroker:
    """A broker that tests may stop and kill: it runs when the next one begins."""
    return one.start()


def create_topic(bootstrap: str, name: str = TOPIC) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics([NewTopic(name=name, num_partitions=1, replication_factor=1)])


def topics(bootstrap: str) -> set[str]:
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        return set(admin.list_topics())


def produce(bootstrap: str, *values: bytes) -> None:
    with closing(KafkaProducer(bootstrap_servers=bootstrap, acks="all")) as producer:
        for value in values:
            producer.send(TOPIC, value).get(timeout=10)


def read_all(bootstrap: str) -> list[bytes]:
    partition = TopicPartition(TOPIC, 0)
    with closing(KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")) as consumer:
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        read: list[bytes] = []
        while len(read) < end:
            read += [record.value for records in consumer.poll(1000).values() for record in records]
        return read


def test_a_stopped_and_a_killed_broker_come_back_with_all_that_they_acknowledged(running: EmbeddedBroker) -> None:
    broker, first_address = running, running.bootstrap
    create_topic(first_address)
    produce(first_address, b"before the stop")
    broker.stop()
    assert not broker.status().running

    broker.start()
    assert broker.bootstrap == first_address
    produce(broker.bootstrap, b"before the kill")
    broker.kill()
    assert not broker.status().running
    assert (broker.status().folder / "pid").exists(), "a crash leaves its pid file, and the next start must cope"

    with socket.socket() as lingering:  # as threads of a killed process hold its port for a moment
        with suppress(OSError):  # where they hold it still
            lingering.bind(("127.0.0.1", int(first_address.split(":")[1])))
        threading.Timer(1, lingering.close).start()
        broker.start()
    assert broker.bootstrap == first_address
    assert read_all(broker.bootstrap) == [b"before the stop", b"before the kill"]


def test_a_broker_that_dies_while_a_start_waits_for_it_is_started_anew(running: EmbeddedBroker) -> None:
    address, first = running.bootstrap, running.status().pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    threading.Timer(1, os.kill, (first, signal.SIGKILL)).start()
    running.start()
    assert running.bootstrap == address
    assert running.status().pid != first


def test_two_folders_are_two_brokers_even_if_one_began_as_a_copy(running: EmbeddedBroker, tmp_path: Path) -> None:
    kept = running.bootstrap.split(":")[1]
    (tmp_path / "port").write_text(kept)
    (tmp_path / "pid").write_text(str(running.status().pid))
    with EmbeddedBroker(tmp_path) as other:
        create_topic(other.bootstrap, "only.here")
        assert "only.here" in topics(other.bootstrap)
        assert "only.here" not in topics(running.bootstrap)


def test_two_copies_of_a_folder_that_start_at_once_are_two_brokers(running: EmbeddedBroker, tmp_path: Path) -> None:
    copies = [EmbeddedBroker(tmp_path / name) for name in ("one", "two")]
    free = str(int(running.bootstrap.split(":")[1]) + 2)
    for copy in copies:
        folder = copy.status().folder
        folder.mkdir()
        (folder / "port").write_text(free)
    try:
        with ThreadPoolExecutor(2) as pool:
            addresses = {copy.bootstrap for copy in pool.map(EmbeddedBroker.start, copies)}
        assert len(addresses) == 2
        assert all(copy.status().running for copy in copies)
    finally:
        for copy in copies:
            copy.stop()


def test_four_starts_at_once_make_one_broker(running: EmbeddedBroker) -> None:
    folder = running.status().folder
    running.stop()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: EmbeddedBroker(folder).start().status(), range(4)))
    assert {status.pid for status in found} == {running.status().pid}
    assert running.status().running


def test_it_listens_on_this_machine_only_and_outlives_a_ctrl_c_of_its_caller(running: EmbeddedBroker) -> None:
    pid = running.status().pid
    assert pid is not None
    sockets = psutil.Process(pid).net_connections("tcp")
    listening = {entry.laddr.ip for entry in sockets if entry.status == psutil.CONN_LISTEN}
    assert listening <= {"127.0.0.1", "::ffff:127.0.0.1"}
    assert listening
    assert os.getsid(pid) != os.getsid(0), "in the caller's session a Ctrl-C would reach it first"


def test_topics_are_made_on_purpose_only(running: EmbeddedBroker) -> None:
    with closing(KafkaConsumer(bootstrap_servers=running.bootstrap)) as consumer:
        consumer.partitions_for_topic("never.made")
    assert "never.made" not in topics(running.bootstrap)


@pytest.mark.parametrize("content", [str(os.getpid()), "4194304", "", "no number"], ids=range(4))
def test_a_pid_file_that_names_another_process_is_stale(tmp_path: Path, content: str) -> None:
    (tmp_path / "pid").write_text(content)
    broker = EmbeddedBroker(tmp_path)
    assert not broker.status().running
    broker.stop()  # and this test is still alive
    assert not (tmp_path / "pid").exists()


def test_a_start_that_fails_says_why_and_leaves_nothing_behind(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "meta.properties").write_text("of another program\n")
    with pytest.raises(BrokerError, match=r"(?s)ended while starting.*node ID not found.*cineloop doctor"):
        broker.start()
    assert not broker.status().running
    assert not (tmp_path / "pid").exists()


def test_without_jars_it_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CINELOOP_JARS", str(tmp_path))
    with pytest.raises(BrokerError, match=r"holds 0 jars.*make setup"):
        EmbeddedBroker(tmp_path / "broker").start()


def test_without_java_it_names_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(BrokerError, match=r"no Java at .*make setup"):
        EmbeddedBroker(tmp_path / "broker").start()


def test_bootstrap_is_the_given_cluster_or_the_folders_own_broker(
    running: EmbeddedBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CINELOOP_BOOTSTRAP", raising=False)
    assert resolve_bootstrap(running.status().folder.parent) == running.bootstrap
    with pytest.raises(BrokerError, match="cineloop broker start --state"):
        resolve_bootstrap(tmp_path)
    monkeypatch.setenv("CINELOOP_BOOTSTRAP", "kafka-1:9092,kafka-2:9092")
    assert resolve_bootstrap(tmp_path) == "kafka-1:9092,kafka-2:9092"


def test_an_address_is_asked_for_too_early(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="no broker has been started"):
        _ = EmbeddedBroker(tmp_path).bootstrap
