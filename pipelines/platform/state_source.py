"""Who speaks to this state folder: the simulated audience, real data, or apps. It is one of them, for good."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pipelines.platform.errors import MixedSources
from pipelines.platform.state import State
from streaming.atomic_files import write_whole
from streaming.schema.identity import load_or_create_key

_FILE = "source.json"


@dataclass(frozen=True)
class Source:
    """`audience` with its seed; `data`, whose folders are given at each run; `live`, whoever writes to the topics."""

    kind: Literal["audience", "data", "live"]
    seed: int | None = None


def read(state: State) -> Source | None:
    """Read the source that the folder was first run with; None before its first run."""
    path = _source_file(state)
    return Source(**json.loads(path.read_text())) if path.exists() else None


def settle(state: State, wanted: Source) -> Source:
    """Write the source to the folder at the first run, and insist on it at every later one.

    Raises:
        MixedSources: the folder was first run with another.
    """
    known = read(state)
    if known is None:
        state.root.mkdir(parents=True, exist_ok=True)
        write_whole(_source_file(state), json.dumps(asdict(wanted)).encode())
        return wanted
    if known != wanted:
        raise MixedSources(
            f"{state.root} was made with {_in_words(known)}, not {_in_words(wanted)}: name another --state"
        )
    return known


def key(state: State) -> bytes:
    """Read the folder's own key, of pseudonyms and sealed letters, made at first use: random, whatever the source.

    The audience's viewers have pseudonyms by a key that follows from the seed; no other id meets that one.
    """
    return load_or_create_key(state.keys)


def _source_file(state: State) -> Path:
    return state.root / _FILE


def _in_words(source: Source) -> str:
    words = {"audience": f"the audience of seed {source.seed}", "data": "real data", "live": "events of others"}
    return words[source.kind]
