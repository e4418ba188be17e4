"""A class archive: written whole or not at all, taken where there is one, and ignored where jars have changed."""

import shutil
from pathlib import Path

import psutil
import pytest

from streaming.broker import broker_classes, class_archive
from streaming.broker.node import EmbeddedBroker
from streaming.settings import broker_jars


@pytest.mark.kafka
def test_a_broker_starts_from_the_archive_and_without_it_where_jars_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = tmp_path / "jars" / "kafka"
    jars.mkdir(parents=True)
    for jar in broker_jars().glob("*.jar"):
        (jars / jar.name).symlink_to(jar)
    monkeypatch.setenv("CINELOOP_JARS", str(jars.parent))
    broker_classes.make()
    (option,) = class_archive.using(jars)
    archive = Path(option.partition("=")[2])
    with EmbeddedBroker(tmp_path / "broker") as broker:
        assert any(str(archive) in region.path for region in _mapped(broker)), "its classes come from the archive"
    jar = next(jars.glob("kafka_*.jar"))
    shutil.copy(jar.resolve(), tmp_path / "newer.jar")
    (tmp_path / "newer.jar").replace(jar)
    with EmbeddedBroker(tmp_path / "broker") as broker:
        assert not any(str(archive) in region.path for region in _mapped(broker))


def _mapped(broker: EmbeddedBroker) -> list:
    return psutil.Process(broker.status().pid).memory_maps(grouped=False)


def test_a_java_that_writes_none_leaves_none(tmp_path: Path) -> None:
    (tmp_path / "classes.jsa").write_bytes(b"of other jars")
    with pytest.raises(FileNotFoundError), class_archive.making(tmp_path):
        pass
    assert class_archive.using(tmp_path) == ()
