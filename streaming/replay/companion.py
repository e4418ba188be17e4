"""The second process of a big replay: it reads the same data, and sends the other half of the keys.

Encoding in Python, not Kafka, limits a replay, and a process uses one core. All records of a key are sent by the same
process, which keeps their order.
"""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from streaming.datasets.recognise import recognise
from streaming.errors import DeliveryError, StreamingError
from streaming.kafka.producer import EventProducer
from streaming.replay.ledger import Window
from streaming.replay.rows import Pace, excerpt, send_drafts
from streaming.schema.identity import Pseudonymiser

PROCESSES = 2
_PATIENCE_S = 10


class Companion:
    """Reads from the start of the `with` block, sends after `begin`, and ends with the block, whatever happened."""

    def __init__(self, folders: Sequence[Path], bootstrap: str, key: bytes, window: Window) -> None:
        # A fresh interpreter: a forked one would inherit the locks of threads that it does not have.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        arguments = (theirs, list(folders), bootstrap, key, window)
        self._process = context.Process(target=_send_share, args=arguments, daemon=True)
        self._theirs = theirs
        self.sent = 0
        self._acknowledged: int | None = None

    def __enter__(self) -> Self:
        self._process.start()
        # Ours must be closed, or the end of the other process would not be seen as the end of the pipe.
        self._theirs.close()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._process.terminate()
        self._process.join(_PATIENCE_S)
        self._process.kill()
        self._connection.close()

    def begin(self) -> None:
        """Let it send, once the descriptions of films are acknowledged.

        Raises:
            DeliveryError: it has ended.
        """
        try:
            self._connection.send("begin")
        except OSError as error:
            raise self._ended() from error

    def poll(self) -> None:
        """Process its reports, without waiting for one.

        Raises:
            DeliveryError: it has failed.
        """
        while self._acknowledged is None and self._connection.poll():
            self._receive()

    def finish(self, on_report: Callable[[], None]) -> int:
        """Wait until its share is acknowledged, and return how many events that was.

        `on_report` is called after each report.

        Raises:
            DeliveryError: it has failed.
        """
        while self._acknowledged is None:
            self._receive()
            on_report()
        return self._acknowledged

    def _receive(self) -> None:
        try:
            kind, value = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if kind == "failed":
            raise DeliveryError(value)
        if kind == "sent":
            self.sent = value
        else:
            self._acknowledged = value

    def _ended(self) -> DeliveryError:
        self._process.join(_PATIENCE_S)
        return DeliveryError(
            f"the second producer process ended with exit code {self._process.exitcode} before its share was "
            "acknowledged. Run the replay again: it goes on at this window, and sending twice does no harm"
        )


def _send_share(connection: Connection, folders: list[Path], bootstrap: str, key: bytes, window: Window) -> None:
    """The body of the second process. A Ctrl-C is the first one's business, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        rows = excerpt([recognise(folder) for folder in folders], window).share(1, PROCESSES)
        connection.recv()
        with EventProducer(bootstrap) as producer:
            send_drafts(rows, producer, Pseudonymiser(key), Pace(None), lambda sent: connection.send(("sent", sent)))
            connection.send(("done", producer.flush()))
    except StreamingError as error:
        connection.send(("failed", str(error)))
    except (EOFError, BrokenPipeError):
        return  # the first process has gone, and with it whoever would want the result
