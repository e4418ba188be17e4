"""Who speaks to this state folder: the simulated audience or real data. It is one or the other, for good."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pipelines.errors import MixedSources
from pipelines.state import State

_FILE = "source.json"


@dataclass(frozen=True)
class Source:
    """`audience` with its seed, or `data`, whose folders are given anew at each run."""

    kind: Literal["audience", "data"]
    seed: int | None = None


def read(state: State) -> Source | None:
    """What the folder was first run with; None before its first run."""
    path = _path(state)
    return Source(**json.loads(path.read_text())) if path.exists() else None


def settle(state: State, wanted: Source) -> Source:
    """Note the source at the first run, and insist on it at every later one.

    Raises:
        MixedSources: the folder was first run with another.
    """
    known = read(state)
    if known is None:
        state.root.mkdir(parents=True, exist_ok=True)
        draft = _path(state).with_suffix(".draft")
        draft.write_text(json.dumps(asdict(wanted)))
        draft.replace(_path(state))
        return wanted
    if known != wanted:
        raise MixedSources(f"{state.root} was made with {_words(known)}, not {_words(wanted)}: name another --state")
    return known


def _path(state: State) -> Path:
    return state.root / _FILE


def _words(source: Source) -> str:
    return f"the audience of seed {source.seed}" if source.kind == "audience" else "real data"
