"""The environment variables of `streaming`, and where the set-up puts things, read here and nowhere else."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def external_bootstrap() -> str | None:
    """`CINELOOP_BOOTSTRAP`: an existing Kafka cluster to use instead of the embedded broker."""
    return os.environ.get("CINELOOP_BOOTSTRAP") or None


def jars_root() -> Path:
    """Where `make setup` puts `kafka/` and `spark/`: `CINELOOP_JARS`, or `.setup/jars`."""
    return Path(os.environ.get("CINELOOP_JARS", REPOSITORY / ".setup" / "jars"))


def java_home() -> Path | None:
    """`JAVA_HOME`, if it is set."""
    home = os.environ.get("JAVA_HOME")
    return Path(home) if home else None


def java_command() -> str:
    """The same Java as Spark's: `JAVA_HOME`'s if it is set, else the one on the path."""
    home = java_home()
    return str(home / "bin" / "java") if home else "java"


def api_key_hashes() -> str:
    """`CINELOOP_API_KEYS`: SHA-256 hashes of the serving app's keys, separated by commas."""
    return os.environ.get("CINELOOP_API_KEYS", "")
