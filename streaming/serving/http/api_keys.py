"""API keys: only their SHA-256 is kept, in a file or the environment. Keys are long and random, so a plain hash does.

A key can be made by `openssl rand -hex 32`, its hash by `printf %s KEY | sha256sum`.
"""

import ipaddress
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from streaming.errors import ServingError

_HASH = re.compile(r"[0-9a-f]{64}")


class ApiKeys:
    """The hashes of the accepted keys; where there are none, everybody is admitted."""

    def __init__(self, hashes: Iterable[str]) -> None:
        """Keep the hashes.

        Raises:
            ServingError: one of them is no SHA-256 in hexadecimal digits.
        """
        self._hashes = frozenset(hashes)
        for number, entry in enumerate(sorted(self._hashes), 1):
            if not _HASH.fullmatch(entry):
                raise ServingError(
                    f"API key {number} of {len(self._hashes)} has {len(entry)} characters, and wanted is the SHA-256 "
                    "of a key in 64 hexadecimal digits, never the key: `printf %s KEY | sha256sum`"
                )

    @classmethod
    def read(cls, file: Path | None, environment: str) -> "ApiKeys":
        """Read hashes from a file and a comma-separated text.

        The file has one a line; what follows it is a remark, and so is a line that begins with #.

        Raises:
            ServingError: the file cannot be read, or an entry is no hash.
        """
        try:
            lines = [line.strip() for line in file.read_text().splitlines()] if file else []
        except OSError as error:
            raise ServingError(f"the API keys in {file} cannot be read ({error})") from error
        named = [line.split()[0] for line in lines if line and not line.startswith("#")]
        return cls([*named, *(entry.strip() for entry in environment.split(",") if entry.strip())])

    def __bool__(self) -> bool:
        """Whether there are any keys."""
        return bool(self._hashes)

    def client(self, authorization: bytes | None) -> str | None:
        """The hash of the key that an Authorization header carries (`Bearer KEY`); None for an unknown key."""
        if authorization is None or authorization[:7].lower() != b"bearer ":
            return None
        digest = sha256(authorization[7:].strip()).hexdigest()
        return digest if digest in self._hashes else None


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_if_open(host: str, keys: ApiKeys) -> None:
    """Raise ServingError if others can reach the address and there are no keys."""
    if not keys and not is_loopback(host):
        raise ServingError(
            f"{host} can be reached from other machines, and there are no API keys: serve on 127.0.0.1, or give the "
            "hashes of keys by --keys FILE or CINELOOP_API_KEYS (`openssl rand -hex 32`, `printf %s KEY | sha256sum`)"
        )
