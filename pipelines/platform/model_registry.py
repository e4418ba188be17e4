"""Model versions and what serves: MLflow's registry, in SQLite and files below the state folder.

A version is the folder that the model saved, with what was measured of it and its lineage as tags. What serves is the
newest of those that have served, and these are one tag of the family: promotion and roll-back each write once, and
whoever is killed has done it or has not. A version whose folder is torn or foreign is marked, and passed over.
"""

import json
import logging
import os
import shutil
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from models.base.errors import BadArtifact, ModelError, UnknownModel
from pipelines.platform import registry_index
from pipelines.platform.errors import Away, NoEarlierVersion, NothingServes, NothingThere

if TYPE_CHECKING:
    from mlflow import MlflowClient

FAMILIES = (
    *("recommender", "forecaster", "outlook-30", "outlook-7", "market", "uplift"),
    *("writer", "judge", "sentiment"),
)
SERVING, PREVIOUS, CHALLENGER = "serving", "previous", "challenger"

_LOCKED_S = 60  # that another process may keep the database locked
_OPENING = threading.Lock()  # MLflow makes the database at its first opening
_STANDING = "standing"  # the family's tag
_NOTE, _DIGEST, _TORN = "note", "digest", "torn"  # tags of a version
_ALL = 1000  # MLflow's most in one answer: far beyond the families, and the versions that `prune` leaves
_REMEMBERED = 20  # of those that have served: a tag may not grow for ever
_PASSING = (OSError, MemoryError, ImportError, ModelError)  # on loading: what is no fault of the artifact, or is told
_LOG = logging.getLogger("cineloop.registry")

Model = TypeVar("Model")


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

    @property
    def cycle(self) -> int:
        """The cycle that made it."""
        return int(self.tags["cycle"])

    @property
    def torn(self) -> str | None:
        """Why it may not serve; None where nothing is known against it."""
        return self.tags.get(_TORN)

    @property
    def note(self) -> dict[str, Any]:
        """What was measured of this artifact, and of no other."""
        measured: dict[str, Any] = json.loads(self.tags.get(_NOTE, "{}"))
        return measured


@dataclass(frozen=True)
class _Standing:
    """The numbers of the versions that have served, the newest last, and of the one on trial."""

    served: tuple[int, ...] = ()
    challenger: int | None = None

    def promoted(self, number: int) -> "_Standing":
        """After a promotion; what serves is no challenger of itself."""
        served = self.served if self.served[-1:] == (number,) else (*self.served, number)[-_REMEMBERED:]
        return _Standing(served, None if self.challenger == number else self.challenger)


class Registry:
    """The versions of a state folder. Nothing is opened before it is asked for: MLflow takes seconds to import.

    Args:
        tell: told of each version that is found torn or foreign, and why.
    """

    def __init__(self, folder: Path, tell: Callable[[Version, str], None] | None = None) -> None:
        self.folder = folder
        self._tell = tell

    @cached_property
    def _client(self) -> "MlflowClient":
        """MLflow's client, which makes the folder and database at first use; raises Away for a lost database."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        for noisy in ("alembic", "mlflow.store.db.utils", "mlflow.tracking"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        self.folder.mkdir(parents=True, exist_ok=True)
        with _OPENING:
            if not self._database.exists():
                if self._artifacts.exists():
                    raise Away(f"{self._database} is away, and {self._artifacts} is there: put the database back.")
                draft = self.folder / f".mlflow.{os.getpid()}"  # a database is there whole, or not at all
                begun = f"sqlite:///{draft}"
                MlflowClient(tracking_uri=begun, registry_uri=begun)
                draft.rename(self._database)
            address = f"sqlite:///{self._database}?timeout={_LOCKED_S}"
            return MlflowClient(tracking_uri=address, registry_uri=address)

    @property
    def _database(self) -> Path:
        return self.folder / "mlflow.db"

    @property
    def _artifacts(self) -> Path:
        return self.folder / "artifacts"

    def register(
        self,
        family: str,
        member: str,
        cycle: int,
        save: Callable[[Path], None],
        note: Mapping[str, Any] | None = None,
        **tags: Any,
    ) -> Version:
        """Save a model to a folder and register it as the version of `cycle`; in a repeated cycle return the one made.

        What was measured stays with what it was measured on: the note of a version that is there is not replaced.

        Args:
            save: writes the model into the folder that it is handed.
            note: what was measured of it.
            tags: metrics and lineage, kept as text.
        """
        self._create_if_new(family)
        if (made := self.made(family, cycle)) is not None:
            return made
        place = self._new_artifact_path(family, cycle)
        folder = self.folder / place
        shutil.rmtree(folder, ignore_errors=True)
        save(folder)
        facts = {"member": member, "cycle": cycle, "place": place, **tags, _DIGEST: _digest_of(folder)}
        texts = {key.replace("@", "_at_"): str(value) for key, value in facts.items()}
        texts[_NOTE] = json.dumps(dict(note or {}))
        created = self._client.create_model_version(family, source=str(folder), tags=texts)
        return self.version(family, int(created.version))

    def made(self, family: str, cycle: int) -> Version | None:
        """The whole version that a cycle has made, if any; one whose files are torn is marked so."""
        for version in reversed(self.versions(family)):
            if version.cycle == cycle and _NOTE in version.tags and not version.torn and self._whole(version):
                return version
        return None

    def versions(self, family: str) -> list[Version]:
        """Read all versions of a family from the registry, oldest first."""
        known = self._read_families().get(family)
        if known is None:
            return []
        versions = [
            Version(family, number, tags["member"], self.folder / tags["place"], tags)
            for number, tags in sorted(known["versions"])
        ]
        return _with_aliases(versions, _standing_of_tags(known))

    def version(self, family: str, number: int) -> Version:
        """Read one version from the registry.

        Raises:
            NothingThere: the family has no such version.
        """
        for version in self.versions(family):
            if version.number == number:
                return version
        raise NothingThere(f"there is no {family}/{number}: `cineloop models list` shows the versions")

    def served(self, family: str, before: int | None = None) -> list[Version]:
        """Read the versions that may serve, by when they last did, the newest first.

        Args:
            before: a cycle: without the versions that it made itself, in an earlier try.
        """
        known = {version.number: version for version in self.versions(family) if not version.torn}
        numbers = dict.fromkeys(reversed(self._read_standing(family).served))
        return [known[each] for each in numbers if each in known and known[each].cycle != before]

    def serving(self, family: str) -> Version | None:
        """Read from the registry the version that serves; None before the first promotion."""
        return next(iter(self.served(family)), None)

    def loaded(
        self, family: str, load: Callable[[Path], Model], before: int | None = None
    ) -> tuple[Version, Model] | None:
        """Load what serves; where its artifact is torn or foreign, mark it so: what served before serves again.

        Args:
            before: a cycle: what served when it began.

        Raises:
            Away: no artifact is where it was.
        """
        for version in self.served(family, before):
            try:
                return version, self.load(version, load)
            except (BadArtifact, UnknownModel) as error:
                self.mark_torn(version, str(error))
        return None

    def load(self, version: Version, load: Callable[[Path], Model]) -> Model:
        """Load a version's model from its folder.

        Raises:
            BadArtifact: its folder is torn, or holds something else than what was registered.
            UnknownModel: no member of the family has the artifact's name.
            Away: no artifact is where it was.
        """
        self._refuse_if_replaced(version)
        try:
            return load(version.folder)
        except _PASSING:
            raise
        except Exception as error:
            raise BadArtifact(f"{version.folder} cannot be loaded ({type(error).__name__}: {error})") from error

    def mark_torn(self, version: Version, reason: str) -> None:
        """Write to the registry that a version must not serve: what served before it serves again."""
        self._client.set_model_version_tag(version.family, str(version.number), _TORN, reason)
        _LOG.warning("%s does not serve any more: %s", version.name, reason)
        if self._tell:
            self._tell(version, reason)

    def promote(self, family: str, number: int) -> None:
        """Write to the registry that a version serves and what served is `previous`; no change if it serves already.

        One that was marked as torn, and is whole again, is so no more.

        Raises:
            NothingThere: the family has no such version.
            BadArtifact: it was marked as torn, and is still.
        """
        version = self.version(family, number)
        if version.torn:
            self._refuse_if_changed(version)
            self._client.delete_model_version_tag(family, str(number), _TORN)
        self._write_standing(family, self._read_standing(family).promoted(number))

    def rollback(self, family: str) -> Version:
        """Write to the registry that `previous` serves again, and that what served is now `previous`.

        Raises:
            NothingServes: nothing has been promoted.
            NoEarlierVersion: nothing served before what serves now.
        """
        served = self.served(family)
        if not served:
            raise NothingServes(f"no {family} serves yet: run `cineloop run --once` first")
        if len(served) == 1:
            raise NoEarlierVersion(f"{served[0].name} is the first that served: `cineloop models list`")
        self.promote(family, served[1].number)
        return self.version(family, served[1].number)

    def challenger(self, family: str) -> Version | None:
        """Read from the registry the version that is on trial beside what serves; None if there is none."""
        number = self._read_standing(family).challenger
        return next((each for each in self.versions(family) if each.number == number and not each.torn), None)

    def challenge(self, family: str, number: int | None) -> None:
        """Write to the registry that a version is on trial; None: none any more."""
        self._write_standing(family, replace(self._read_standing(family), challenger=number))

    def note(self, version: Version, **tags: Any) -> None:
        """Write tags to a version in the registry, in the order given."""
        for key, value in tags.items():
            self._client.set_model_version_tag(version.family, str(version.number), key, str(value))

    def prune(self, kept: Collection[str], last: int) -> list[str]:
        """Delete versions and their folders that nothing needs, and return their names.

        Those that serve, served before, or are on trial stay, and so do the newest `last` of each family. A process
        that has loaded one goes on with what it has in memory.

        Args:
            kept: names of further versions that stay.
            last: 1 at least.
        """
        gone = [
            version
            for family in FAMILIES
            for version in self.versions(family)[:-last]
            if not version.aliases and version.name not in kept
        ]
        for version in gone:
            shutil.rmtree(version.folder, ignore_errors=True)  # first: a version without a folder is found again
            self._client.delete_model_version(version.family, str(version.number))
        return [version.name for version in gone]

    def _create_if_new(self, family: str) -> None:
        if family not in self._read_families():
            self._client.create_registered_model(family)

    def _read_families(self) -> dict[str, Any]:
        """Family → its tags and versions (number, tags): from the index, which is written anew if stale."""
        if not (self._database.exists() or self._artifacts.exists()):
            return {}  # nothing has been registered; where the database alone is missing, the client says so
        index, counter = self.folder / "index.json", registry_index.change_counter(self._database)
        kept: dict[str, Any] | None = registry_index.read(index, counter)
        if kept is None:
            kept = {
                model.name: {"tags": dict(model.tags), "versions": []}
                for model in self._client.search_registered_models(max_results=_ALL)
            }
            for version in self._client.search_model_versions(max_results=_ALL):
                kept[version.name]["versions"].append([int(version.version), dict(version.tags)])
            registry_index.write(index, counter, kept)
        return kept

    def _read_standing(self, family: str) -> _Standing:
        return _standing_of_tags(self._read_families().get(family, {"tags": {}}))

    def _write_standing(self, family: str, standing: _Standing) -> None:
        self._client.set_registered_model_tag(family, _STANDING, json.dumps(asdict(standing)))

    def _refuse_if_replaced(self, version: Version) -> None:
        """See that a version's folder is the one that was registered.

        Raises:
            BadArtifact: it is not.
            Away: no artifact is where it was.
        """
        if not self._artifacts.is_dir():
            raise Away(f"{self._artifacts} is away, and {version.name} stands in it: put the folder back.")
        found = _digest_of(version.folder)
        if found != version.tags.get(_DIGEST, found):
            raise BadArtifact(
                f"{version.folder} holds another model than {version.name}, which was registered there: restore it, "
                f"or let another version serve by `cineloop models promote {version.family} NUMBER`"
            )

    def _refuse_if_changed(self, version: Version) -> None:
        """Raise as `_refuse_if_replaced` does, and BadArtifact where a file is not as it was saved."""
        from models.base.artifact import check  # brings pandas, too much for a command's start

        self._refuse_if_replaced(version)
        check(version.folder)

    def _whole(self, version: Version) -> bool:
        """Whether the files are as they were saved; if not, the version is marked as torn."""
        try:
            self._refuse_if_changed(version)
        except BadArtifact as error:
            self.mark_torn(version, str(error))
            return False
        return True

    def _new_artifact_path(self, family: str, cycle: int) -> Path:
        """Where a new version of a cycle will be saved, below the registry: never the folder of another."""
        taken = sum(version.cycle == cycle for version in self.versions(family))
        again = f"-{taken + 1}" if taken else ""
        return Path("artifacts", family, f"cycle-{cycle:06d}{again}")


def _standing_of_tags(family: Mapping[str, Any]) -> _Standing:
    told = json.loads(family["tags"].get(_STANDING, "{}"))
    return _Standing(tuple(told["served"]), told["challenger"]) if told else _Standing()


def _with_aliases(versions: list[Version], standing: _Standing) -> list[Version]:
    """The versions, with the aliases serving, previous and challenger where they hold."""
    whole = {version.number for version in versions if not version.torn}
    served = [number for number in dict.fromkeys(reversed(standing.served)) if number in whole]
    names = [*zip((SERVING, PREVIOUS), served, strict=False), (CHALLENGER, standing.challenger)]
    return [
        replace(version, aliases=tuple(alias for alias, number in names if number == version.number))
        for version in versions
    ]


def _digest_of(folder: Path) -> str:
    from models.base.artifact import digest  # brings pandas, too much for a command's start

    return digest(folder)
