"""What the verbs that only read take on a finished state, each in a process of its own, beside Python's start.

Seconds of a processor, which other work on the machine hardly changes: where it is idle, the clock shows about as much.
"""

import os
import subprocess
import sys
from collections.abc import Iterator

import pandas as pd

from jobs import decisions
from pipelines.bench.figure import Figure
from pipelines.lake import delta
from pipelines.platform.state import State

_TIMES = 2  # the lesser counts: the first may fill caches
_GROUPS = ("models", "dead-letters", "trial")


def measure(state: State) -> Iterator[Figure]:
    """A figure a verb; where the state has nothing to tell, the figure says so."""
    bare, _ = _least("-c", "pass")
    for verb, about in _verbs(state):
        seconds, code = _least("-m", "pipelines.cli.main", *verb, "--state", str(state.root))
        named = " ".join(verb[: 2 if verb[0] in _GROUPS else 1])
        nothing = "" if code == 0 else " (nothing to tell)"
        yield Figure(f"`cineloop {named}`{about}{nothing}", seconds, "s of CPU", bare, "`python -c pass`")


def _verbs(state: State) -> list[tuple[tuple[str, ...], str]]:
    """The command line of each verb, and what is asked about where that matters."""
    viewer = _newest(state, decisions.RECOMMENDATIONS)["viewer_id"]
    playing = _newest(state, decisions.FORECASTS)["film_id"]
    coming = _newest(state, decisions.OUTLOOKS, "cycle", "opens")["film_id"]
    plain = ("models list", "dead-letters list", "trial show", "doctor", "market", "segments", "brief --segment all")
    return [
        *((tuple(verb.split()), "") for verb in plain),
        *((("slate", viewer), ""), (("viewer", viewer), ""), (("trace", "recommender/1"), "")),
        *((("plan", coming), ""), (("target", coming), "")),
        *((("forecast", playing), ", in release"), (("forecast", coming), ", not open yet")),
    ]


def _newest(state: State, table: str, *by: str) -> pd.Series:
    rows = delta.read(state.lake, table)
    if rows is None:
        raise SystemExit(f"{state.root} has no {table}: `cineloop run --once --state {state.root}` makes some")
    return rows.sort_values(list(by or ["occurred_at"]), kind="stable").iloc[-1]


def _least(*arguments: str) -> tuple[float, int]:
    """Seconds of a processor, the least of some runs, and the exit code of a Python process."""
    seconds, code = [], 0
    for _ in range(_TIMES):
        before = os.times()
        code = subprocess.run([sys.executable, *arguments], capture_output=True).returncode
        after = os.times()
        spent = after.children_user + after.children_system
        seconds.append(spent - before.children_user - before.children_system)
    return min(seconds), code
