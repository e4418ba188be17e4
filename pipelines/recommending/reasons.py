"""The reason that a person is given for a recommended film."""

from collections.abc import Iterable


def because(spoken: Iterable[tuple[str, str]]) -> str:
    """A sentence of what the viewer did with the films that speak for it, the strongest first: (deed, title) pairs."""
    *others, last = (f"{deed} {title}" for deed, title in spoken)
    return f"because you {' and '.join(filter(None, (', '.join(others), last)))}"
