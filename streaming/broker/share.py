"""Several processes on one embedded broker: it runs while any of them needs it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streaming.broker.node import EmbeddedBroker


@contextmanager
def shared_broker(folder: Path) -> Iterator[EmbeddedBroker]:
    """The folder's broker for as long as the block lasts; the last to leave stops it, unless somebody else started it.

    A kernel lock counts who is there: one that is killed counts no longer.

    Raises:
        BrokerError: it cannot be started; see `EmbeddedBroker.start`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits for one that is just stopping it
        broker = EmbeddedBroker(folder)
        try:
            yield broker.start(keep=False)
        finally:
            if _alone(users.fileno()) and not broker.kept:
                broker.stop()


def _alone(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
