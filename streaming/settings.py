"""The environment variables of `streaming`, read here and nowhere else."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def external_bootstrap() -> str | None:
    """`CINELOOP_BOOTSTRAP`: an existing Kafka cluster to use instead of the embedded broker."""
    return os.environ.get("CINELOOP_BOOTSTRAP") or None


def broker_jars() -> Path:
    """Where `make setup` put the broker's jars: `CINELOOP_JARS`/kafka."""
    return Path(os.environ.get("CINELOOP_JARS", REPOSITORY / ".setup" / "jars")) / "kafka"


def java_command() -> str:
    """The same Java as Spark's: `JAVA_HOME`'s if it is set, else the one on the path."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def api_key_hashes() -> str:
    """`CINELOOP_API_KEYS`: SHA-256 hashes of the serving app's keys, separated by commas."""
    return os.environ.get("CINELOOP_API_KEYS", "")
