"""How long the verbs that only read take on a finished state, each in a process of its own, beside Python's start."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pandas as pd

from jobs import decisions
from pipelines.bench.figure import Figure
from pipelines.lake import delta
from pipelines.platform.state import State

_TIMES = 3  # after one that fills caches; the fastest counts: what else the machine does only adds
_GROUPS = ("models", "dead-letters", "trial")


def measure(state: State) -> Iterator[Figure]:
    """Seconds of each verb; where the state has nothing to tell, the figure says so."""
    bare, _ = _fastest("-c", "pass")
    for verb, about in _verbs(state):
        seconds, code = _fastest("-m", "pipelines.cli.main", *verb, "--state", str(state.root))
        named = " ".join(verb[: 2 if verb[0] in _GROUPS else 1])
        nothing = "" if code == 0 else " (nothing to tell)"
        yield Figure(f"`cineloop {named}`{about}{nothing}", seconds, "s", bare, "`python -c pass`")


def _verbs(state: State) -> list[tuple[tuple[str, ...], str]]:
    """The command line of each verb, and what is asked about where that matters."""
    viewer = _newest(state, decisions.RECOMMENDATIONS, "occurred_at")["viewer_id"]
    playing = _newest(state, decisions.FORECASTS, "occurred_at")["film_id"]
    coming = _newest(state, decisions.OUTLOOKS, "opens")["film_id"]
    plain = ("models list", "dead-letters list", "trial show", "doctor", "market", "segments", "brief --segment all")
    return [
        *((tuple(verb.split()), "") for verb in plain),
        *((("slate", viewer), ""), (("viewer", viewer), ""), (("trace", "recommender/1"), "")),
        *((("plan", coming), ""), (("target", coming), "")),
        *((("forecast", playing), ", in release"), (("forecast", coming), ", not open yet")),
    ]


def _newest(state: State, table: str, by: str) -> pd.Series:
    rows = delta.read(state.lake, table)
    if rows is None:
        raise SystemExit(f"{state.root} has no {table}: `cineloop run --once --state {state.root}` makes some")
    return rows.sort_values(by, kind="stable").iloc[-1]


def _fastest(*arguments: str) -> tuple[float, int]:
    """Seconds and exit code of a Python process."""
    seconds, code = [], 0
    for _ in range(1 + _TIMES):
        began = time.perf_counter()
        code = subprocess.run([sys.executable, *arguments], capture_output=True).returncode
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:]), code
