"""`python -m streaming.broker.broker_classes`: writes the broker's class archive, from a start with our topics."""

from pathlib import Path
from tempfile import TemporaryDirectory

from streaming.broker import class_archive
from streaming.broker.node import EmbeddedBroker
from streaming.kafka.admin import ensure_topics
from streaming.settings import broker_jars

_WRITTEN_S = 300  # as it ends; on a busy machine a stop's usual limit kills it before


def make() -> None:
    """Have a broker write it at its end.

    Raises:
        BrokerError: it does not start.
        FileNotFoundError: it wrote none.
    """
    with (
        class_archive.making(broker_jars()) as options,
        TemporaryDirectory() as folder,
        EmbeddedBroker(Path(folder) / "broker", java_options=options) as broker,
    ):
        ensure_topics(broker.bootstrap)
        broker.stop(_WRITTEN_S)


if __name__ == "__main__":
    make()
