"""The sequence encoder for serving, in a quarter of the bytes: film vectors and dense layers as int8."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional as F

from models.base.errors import Untrainable
from models.base.int8 import product, stand_in, whole_rows, whole_state
from models.recommenders.encoder import Encoder
from models.recommenders.sequence import SequenceEncoder
from models.recommenders.towers import TowerRecommender

_NETWORK, _TABLES = "network/", ("identity", "content")  # of films, which are one table here


@dataclass(eq=False)
class Int8SequenceEncoder(TowerRecommender):
    """Scores as the encoder that it was made `of`, but for rounding, and explains likewise; it cannot learn.

    A film's identity and content are added up before they are rounded, each film by a scale of its own, and so is
    each row of the dense layers. Normalisation, biases and the bias on distance are float32, as in training, and so is
    popularity: what newcomers are shown is in single precision anyway.
    """

    name: ClassVar[str] = "sequence-int8"
    blocks: int = 2
    length: int = 100  # films that the encoder looks back

    @classmethod
    def of(cls, encoder: SequenceEncoder) -> Self:
        """The int8 form of a fitted encoder, which stays as it is."""
        made, learned = cls(encoder.blocks, encoder.length), encoder.built()
        made.films = encoder.films
        vectors, scale = whole_rows(learned.vectors)
        state = {name: value for name, value in whole_state(learned.network).items() if name not in _TABLES}
        made._learn(
            {
                "popularity": encoder.arrays["popularity"].astype(np.float32),
                "vectors": vectors.numpy(),
                "scale": scale.numpy(),
                **{_NETWORK + name: value.numpy() for name, value in state.items()},
            }
        )
        return made

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """
        Raises:
            Untrainable: always.
        """
        raise Untrainable(f"{self.name} only serves: fit {SequenceEncoder.name!r}, and make it anew `of` that.")

    @property
    def bytes(self) -> int:
        """Of all that was learned, as it is held and saved."""
        return sum(array.nbytes for array in self.arrays.values())

    @property
    def bytes_in_float32(self) -> int:
        """What the same would take without rounding."""
        scales = [name for name in self.arrays if name.rpartition(".")[2] == "scale"]
        return sum(4 * array.size for name, array in self.arrays.items() if name not in scales)

    def built(self) -> "Int8Towers":
        """The network with dense layers of int8, and the films' vectors."""
        network = Encoder(0, 0, self.arrays["vectors"].shape[1], self.blocks, dropout=0.0)
        stand_in(network)
        learned = {name: torch.from_numpy(value) for name, value in self.arrays.items()}
        state = {name.removeprefix(_NETWORK): value for name, value in learned.items() if name.startswith(_NETWORK)}
        tables = {name: value for name, value in network.state_dict().items() if name in _TABLES}
        network.load_state_dict({**tables, **state})
        return Int8Towers(network.eval(), learned["vectors"], learned["scale"])


@dataclass(frozen=True)
class Int8Towers:
    """The network, and the vectors of all films: int8 (films, width), each row times its scale (films, 1)."""

    network: Encoder
    vectors: Tensor
    scale: Tensor

    def states(self, films: Tensor, before: Tensor) -> Tensor:
        """Keeps `towers.Towers`."""
        return self.network.read(F.embedding(films, self.vectors) * F.embedding(films, self.scale), before)

    def products(self, states: Tensor) -> Tensor:
        """Keeps `towers.Towers`."""
        return product(states, self.vectors, self.scale.squeeze(1))
