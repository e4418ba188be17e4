"""Pseudonyms of viewers, and the key that makes them: no raw viewer id is stored anywhere.

A pseudonym is HMAC-SHA256 of the raw id under the state's key, cut to 128 bits. Without the key nobody can go
from one to the other, not even by trying all ids. The same key seals dead letters (`dead_letters`).
"""

import hmac
import secrets
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from streaming.atomic_files import write_once
from streaming.errors import StreamingError

KEY_BYTES = 32
KEPT_IDS = 2**17
_KEY_FILE = "pseudonym.key"

Pseudonymise = Callable[[str], str]


class Pseudonymiser:
    """Raw viewer id → 32 hexadecimal digits; the same key and id always give the same pseudonym.

    The last `KEPT_IDS` are kept, for a replay asks for the same viewers again and again.
    """

    def __init__(self, key: bytes) -> None:
        self._kept = lru_cache(maxsize=KEPT_IDS)(lambda raw_id: hmac.digest(key, raw_id.encode(), sha256)[:16].hex())

    def __call__(self, raw_id: str) -> str:
        """The pseudonym of `raw_id`, kept in memory."""
        return self._kept(raw_id)


def load_or_create_key(folder: Path) -> bytes:
    """Read the key of a state folder from `folder`/pseudonym.key; make file (mode 600) and folder (700) if missing.

    Of two processes that start at once, one makes the key and both get it.

    Raises:
        StreamingError: others may read the key, or the file does not hold one.
    """
    path = folder / _KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_once(path, f"{secrets.token_hex(KEY_BYTES)}\n".encode(), mode=0o600)
    for guarded in (folder, path):
        _refuse_if_readable_by_others(guarded)
    return _read_key(path)


def _refuse_if_readable_by_others(path: Path) -> None:
    mode = path.stat().st_mode & 0o777
    wanted = 0o700 if path.is_dir() else 0o600
    if mode & 0o077:
        raise StreamingError(
            f"{path} has mode {mode:o}, so others can reach the pseudonym key; wanted {wanted:o}. "
            f"Cure: chmod {wanted:o} {path}"
        )


def _read_key(path: Path) -> bytes:
    """Read the key from its file; raise StreamingError if the file does not hold one."""
    text = path.read_text(errors="replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise StreamingError(
            f"{path} holds {len(text)} characters, and a key is {2 * KEY_BYTES} hexadecimal digits. "
            "Restore it from a backup: with a new key every viewer would become somebody else. "
            "If the state may go, delete its folder and run again"
        )
    return key
