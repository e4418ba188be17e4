"""Attribution by deletion: by how much a score changes when a part is left out."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Part = TypeVar("Part")


def without_each(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """All parts, and then all without each of them."""
    yield list(parts)
    yield from ([*parts[:place], *parts[place + 1 :]] for place in range(len(parts)))


def strongest(adds: FloatArray, count: int) -> list[int]:
    """The places of the parts that move a score most, either way, the strongest first; NaN moves nothing."""
    size = np.nan_to_num(np.abs(adds))
    return [int(place) for place in np.argsort(-size, kind="stable")[:count] if size[place] > 0]
