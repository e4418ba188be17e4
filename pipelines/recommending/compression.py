"""Whether a recommender serves compressed: if that costs little of its quality."""

from dataclasses import dataclass
from typing import Self

MOST_LOST = 0.01  # of NDCG@10


@dataclass(frozen=True)
class Compression:
    """A recipe as it was trained and as int8, on the same hold-out."""

    ndcg_float32: float
    ndcg_int8: float
    loss: float  # share of the NDCG@10; below 0 where rounding happened to help
    bytes_ratio: float  # of what is rounded, to the same in float32
    used: bool

    @classmethod
    def of(cls, float32: float, int8: float, bytes_ratio: float) -> Self:
        """Judge two means of NDCG@10. Where float32 finds nothing, nothing can be lost."""
        loss = 1 - int8 / float32 if float32 else 0.0
        return cls(float32, int8, loss, bytes_ratio, loss <= MOST_LOST)
