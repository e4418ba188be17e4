"""The serving app on a state folder: which decider stands by the registry and the newest catalogue, asked cheaply."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from models.base.errors import BadArtifact, UnknownModel
from models.recommenders import load_recommender
from pipelines.lake import catalogue, histories
from pipelines.platform import processes, settings, state_source
from pipelines.platform.errors import NothingThere
from pipelines.platform.model_registry import Registry, Version
from pipelines.platform.state import State
from pipelines.promotion import ab_test
from pipelines.promotion.ab_test import ABTest
from pipelines.recommending.slates import ServedModel
from pipelines.serving.decider import RecommenderDecider
from streaming.serving.health import status_causes
from streaming.serving.health.status_causes import Cause
from streaming.serving.ranking.decider import CannotServe
from streaming.serving.server import AppContext, ServerSettings
from streaming.serving.server import serve as answer

_FAMILY = "recommender"
_LOG = logging.getLogger("cineloop.serving")


@dataclass(frozen=True)
class _Standing:
    version: Version | None
    trial: ABTest | None
    films: str
    cycle: histories.FinishedCycle

    @property
    def name(self) -> str:
        model = self.version.name if self.version else "no model"
        if self.trial:
            model += f" beside {self.trial.challenger.name}"
        return f"{model} on films {self.films.lstrip('0') or '0'} of cycle {self.cycle.number}"


class RegistrySource:
    """Keeps `streaming.serving.ranking.decider.DeciderSource`: nothing is opened while no file of it has changed.

    For use by one thread.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._registry = Registry(state.mlflow)
        self._seen: object = None
        self._standing: _Standing | None = None
        self._loaded: dict[str, ServedModel] = {}

    def standing(self) -> str:
        """Read from registry, lake and ledger what should serve: version, catalogue and cycle, in words."""
        # Looked at before the registry is read: what changes in between is met at the next look.
        seen = self._file_changes()
        if self._standing is None or seen != self._seen:
            films, cycle = histories.films_version(self._state), histories.last_cycle(self._state)
            self._standing = _Standing(*self._serving_and_trial(), films, cycle)
            self._seen = seen
        return self._standing.name

    def load(self, standing: str) -> RecommenderDecider:
        """Load the decider that stands, and try it out.

        Raises:
            CannotServe: the version's files are torn or foreign, or there is no film to show.
        """
        try:
            return self._load_and_try(standing)
        except NothingThere as error:
            raise CannotServe(status_causes.NO_FILMS) from error
        except (BadArtifact, UnknownModel) as error:
            torn = f"files of what serves are torn or foreign ({standing}); let another version serve"
            raise CannotServe(Cause("bad-artifact", torn)) from error

    def _load_and_try(self, standing: str) -> RecommenderDecider:
        """Load the decider that stands and try it out; a model that is loaded already is not loaded again.

        Raises:
            BadArtifact: the version's files are torn or foreign, and none that served before it stands in at a start.
            NothingThere: there is no film to show.
        """
        assert self._standing is not None and self._standing.name == standing
        version, trial, cycle = self._standing.version, self._standing.trial, self._standing.cycle
        films = catalogue.read(self._state.lake)
        if not films.out:
            raise NothingThere(f"{self._state.lake} has no film to show: `cineloop run --once` makes the catalogue")
        serving = self._load_or_fall_back(version) if version else None
        challenger = self._load_version(trial.challenger) if trial else None
        decider = RecommenderDecider(serving, films, cycle, settings.diversity(), challenger, trial).tried()
        self._loaded = {each.version.name: each for each in (serving, challenger) if each}
        return decider

    def _load_or_fall_back(self, version: Version) -> ServedModel:
        """Load what serves or, at a start, what served before it where its files are torn or foreign."""
        try:
            return self._load_version(version)
        except (BadArtifact, UnknownModel) as error:
            if self._loaded:  # that goes on serving
                raise
            found = self._load_earlier(version)
            if found is None:
                raise
            _LOG.warning("%s serves: %s cannot, %s", found.version.name, version.name, error)
            return found

    def _load_earlier(self, version: Version) -> ServedModel | None:
        """Load the last version that served before this one and is whole; None if there is none."""
        for earlier in self._registry.served(_FAMILY):
            if earlier.number != version.number:
                with suppress(BadArtifact, UnknownModel):
                    return self._load_version(earlier)
        return None

    def _load_version(self, version: Version) -> ServedModel:
        loaded = self._loaded.get(version.name)
        return ServedModel(version, loaded.model if loaded else self._registry.load(version, load_recommender))

    def _serving_and_trial(self) -> tuple[Version | None, ABTest | None]:
        """Read what serves and what is on trial; a registry that nobody has made is not made here."""
        if not (self._state.mlflow / "mlflow.db").exists():
            return None, None
        return self._registry.serving(_FAMILY), ab_test.standing(self._registry)

    def _file_changes(self) -> tuple[tuple[int, int], ...]:
        """Time and size of all files whose change may change what serves."""
        registry = self._state.mlflow
        places = (
            registry / "mlflow.db",
            registry / "mlflow.db-wal",
            self._state.lake / catalogue.TABLE / "_delta_log",
            self._state.cycles,
        )
        return tuple(histories.changes(place) for place in places)


def app_context(state: State, bootstrap: str) -> AppContext:
    """What the app needs of a state folder, and the address of Kafka; the key is made at first use."""
    return AppContext(
        bootstrap,
        state_source.key(state),
        partial(histories.past, state),
        lambda: histories.last_cycle(state).number,
        RegistrySource(state),
    )


def serve(state: State, settings: ServerSettings) -> None:
    """Answer HTTP requests until interrupted, with the broker of the state folder, started where none runs.

    Raises:
        ServingError: the address may not, or cannot, be listened on.
        BrokerError: no broker runs, and none can be started.
    """
    with processes.broker(state) as bootstrap:
        answer(settings, app_context(state, bootstrap))
