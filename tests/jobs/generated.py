"""Many generated values at once: a Spark query over all of them costs what one over a single value does."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy


def generated(strategy: SearchStrategy[Any], examples: int, *, anew: bool = False) -> list[Any]:
    """So many values of a strategy: the same in every run, or others."""
    found: list[Any] = []

    @settings(max_examples=examples, derandomize=not anew, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found
