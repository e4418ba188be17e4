"""Model versions and what serves: MLflow's registry, in SQLite and files below the state folder.

A version is the folder that the model saved, with its metrics and its lineage as tags. What serves is an alias,
so that promotion and roll-back each move one pointer: `serving` to the new version, `previous` to the old.
"""

import logging
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines import empty_registry
from pipelines.errors import NoEarlierVersion, NothingServes, NothingThere

if TYPE_CHECKING:
    from mlflow import MlflowClient

FAMILIES = (
    *("recommender", "forecaster", "outlook-30", "outlook-7", "market", "uplift"),
    *("writer", "judge", "sentiment"),
)
SERVING, PREVIOUS, CHALLENGER = "serving", "previous", "challenger"

_OPENING = threading.Lock()  # MLflow makes the database at its first opening


@dataclass(frozen=True)
class Version:
    """A registered model: its family, number, member name, folder, and tags (metrics and lineage)."""

    family: str
    number: int
    member: str
    folder: Path
    tags: dict[str, str]
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`recommender/3`, as `trace` and `models` take it."""
        return f"{self.family}/{self.number}"


class Registry:
    """The versions of a state folder. Nothing is opened before it is asked for: MLflow takes seconds to import."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _client(self) -> "MlflowClient":
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        for noisy in ("alembic", "mlflow.store.db.utils", "mlflow.tracking"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.folder.mkdir(parents=True, exist_ok=True)
        database = self.folder / "mlflow.db"
        address = f"sqlite:///{database}"
        with _OPENING:
            if not database.exists():
                empty_registry.begin(database)
            return MlflowClient(tracking_uri=address, registry_uri=address)

    def register(self, family: str, member: str, cycle: int, save: Callable[[Path], None], **tags: Any) -> Version:
        """Save a model and register it as the version of `cycle`; a repeated cycle gets the version that it made.

        Args:
            save: writes the model into the folder that it is handed.
            tags: metrics and lineage, kept as text.
        """
        self._ensure(family)
        made = [version for version in self.versions(family) if version.tags.get("cycle") == str(cycle)]
        if made and made[0].folder.is_dir():
            return made[0]
        place = Path("artifacts", family, f"cycle-{cycle:06d}")
        folder = self.folder / place
        shutil.rmtree(folder, ignore_errors=True)
        save(folder)
        facts = {"member": member, "cycle": cycle, "place": place, **tags}
        texts = {key.replace("@", "_at_"): str(value) for key, value in facts.items()}
        created = self._client.create_model_version(family, source=str(folder), tags=texts)
        return self.version(family, int(created.version))

    def versions(self, family: str) -> list[Version]:
        """All versions of a family, oldest first."""
        found = self._client.search_model_versions(f"name = '{family}'", max_results=10_000)
        aliases = self._aliases(family)
        versions = [self._version(family, entry, aliases) for entry in found]
        return sorted(versions, key=lambda version: version.number)

    def version(self, family: str, number: int) -> Version:
        """One version.

        Raises:
            NothingThere: the family has no such version.
        """
        for version in self.versions(family):
            if version.number == number:
                return version
        raise NothingThere(f"there is no {family}/{number}: `cineloop models list` shows the versions")

    def serving(self, family: str) -> Version | None:
        """The version that serves, or None before the first promotion."""
        return self.named(family, SERVING)

    def named(self, family: str, alias: str) -> Version | None:
        """The version that an alias stands for."""
        number = self._aliases(family).get(alias)
        return self.version(family, number) if number is not None else None

    def name(self, family: str, alias: str, number: int) -> None:
        """Let an alias stand for a version."""
        self._client.set_registered_model_alias(family, alias, str(number))

    def unname(self, family: str, alias: str) -> None:
        """Let an alias stand for nothing."""
        self._client.delete_registered_model_alias(family, alias)

    def serving_before(self, family: str, cycle: int) -> Version | None:
        """The version that served when `cycle` began, even if that cycle is being repeated after its promotion."""
        now = self.serving(family)
        if now is None or now.tags["cycle"] != str(cycle):
            return now
        earlier = self._aliases(family).get(PREVIOUS)
        return self.version(family, earlier) if earlier is not None else None

    def promote(self, family: str, number: int) -> None:
        """Let a version serve; what served stays as `previous`. Promoting what serves changes nothing."""
        self.version(family, number)
        now = self._aliases(family).get(SERVING)
        if now == number:
            return
        if now is not None:
            self.name(family, PREVIOUS, now)
        self.name(family, SERVING, number)

    def rollback(self, family: str) -> Version:
        """Let `previous` serve again, and what served become `previous`.

        Raises:
            NothingServes: nothing has been promoted.
            NoEarlierVersion: nothing served before what serves now.
        """
        aliases = self._aliases(family)
        if SERVING not in aliases:
            raise NothingServes(f"no {family} serves yet: run `cineloop run --once` first")
        if PREVIOUS not in aliases:
            raise NoEarlierVersion(f"{family}/{aliases[SERVING]} is the first that served: `cineloop models list`")
        self.promote(family, aliases[PREVIOUS])
        return self.version(family, aliases[PREVIOUS])

    def note(self, version: Version, **tags: Any) -> None:
        """Add tags to a version."""
        for key, value in tags.items():
            self._client.set_model_version_tag(version.family, str(version.number), key, str(value))

    def _ensure(self, family: str) -> None:
        if not self._known(family):
            self._client.create_registered_model(family)

    def _known(self, family: str) -> bool:
        return any(model.name == family for model in self._client.search_registered_models())

    def _aliases(self, family: str) -> dict[str, int]:
        if not self._known(family):
            return {}
        return {alias: int(number) for alias, number in self._client.get_registered_model(family).aliases.items()}

    def _version(self, family: str, entry: Any, aliases: dict[str, int]) -> Version:
        number = int(entry.version)
        tags = dict(entry.tags)
        own = tuple(alias for alias, of in aliases.items() if of == number)
        return Version(family, number, tags["member"], self.folder / tags["place"], tags, own)
