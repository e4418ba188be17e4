"""Two-tower sequence model: a causal encoder of the viewer's history, and film vectors by identity and content."""

import math
from dataclasses import asdict, dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import torch
from torch.optim import AdamW, Optimizer

from models.base.artifact import Artifact
from models.recommenders.encoder import Encoder, next_film_loss
from models.recommenders.film_content import term_matrix, vocabulary
from models.recommenders.histories import FloatArray, Histories, IntArray
from models.recommenders.neighbourhood import neighbour_vectors
from models.recommenders.protocol import Recommender
from models.recommenders.windows import LastWindows, last_window, target_count, training_batches
from models.training.determinism import one_thread, seeded
from models.training.device import to_train
from models.training.journal import recipe_of
from models.training.optimisers import network_arrays, rate_at, restore, step, training_state

_MOST_TERMS, _LEAST_FILMS = 256, 3
_IDENTITY_DROPPED = 0.02  # share of films that are known by content alone in a step
_NARROWEST = 16  # dimensions
_WARM_UP = 0.02  # of the training
_BEGINNING = 0.04  # standard deviation of the films' vectors by neighbourhood
_NETWORK = "network/"
_VIEWERS_AT_ONCE = 128
_EXPLAINED = 20  # interactions, the newest


@dataclass(eq=False)
class SequenceEncoder(Recommender):
    """A film's score is the product of its vector and the viewer's, the encoder's state after the last film.

    The encoder (`encoder.Encoder`) is trained to predict each next film among all that were watched, by full
    softmax, films already seen left out. The vector of a film that nobody has watched is made of its content alone;
    so that content learns to stand alone, one film in fifty loses its identity in each step (as in DropoutNet:
    Volkovs, Yu, Poutanen 2017).

    It begins at vectors of neighbourhood (`neighbourhood.py`), and scales with the data: where there is little to
    read it is narrower, steps are small, and passes are repeated until there were `least_steps`. `refit` goes on from
    what was learned, in `refit_share` of the epochs.
    """

    name: ClassVar[str] = "sequence"
    width: int = 128  # at most
    blocks: int = 2
    length: int = 100  # films that the encoder looks back
    windows: int = 2  # of a viewer in an epoch, each of `length`
    dropout: float = 0.2
    rate: float = 2e-3  # of learning, at its peak
    epochs: int = 14
    least_steps: int = 60
    refit_share: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        """Begins without terms and without a network."""
        super().__post_init__()
        self.terms = vocabulary(None)
        self._kept: EncoderTowers | None = None

    def fit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Train a new network on `columns.INTERACTIONS`, and keep it in this model; the journal keeps its epochs."""
        training, watched = Histories.for_training(interactions)
        self.terms = vocabulary(films, _LEAST_FILMS, _MOST_TERMS)
        width = _width_for(len(training.film), self.width)
        with seeded(self.seed):
            network = self._network(len(watched), len(self.terms), width)
        network.identity.data += torch.from_numpy(_BEGINNING * neighbour_vectors(training, width)).float()
        catalogue = Histories.for_training(interactions, films)[1]
        content = _content(films, catalogue, self.terms)
        return self._train(network, training, (watched, catalogue, content), self.epochs, self.rate)

    def refit(self, interactions: pd.DataFrame, films: pd.DataFrame | None = None) -> Self:
        """Train on from what was learned, for fewer epochs at a lower rate, in place; new films join the catalogue."""
        training, watched = Histories.for_training(interactions)
        with seeded(self.seed):
            network = self._network(len(watched), len(self.terms), self._learned_width)
        self._load_learned(network, watched)
        catalogue = Histories.for_training(interactions, films)[1]
        content = _content(films, catalogue, self.terms)
        epochs = math.ceil(self.refit_share * self.epochs)
        return self._train(network, training, (watched, catalogue, content), epochs, self.rate / 4)

    def affinity(self, histories: Histories) -> FloatArray:
        """The logarithm of each film's probability to be the next, shape (viewers, films)."""
        towers = self._towers()
        logits = [towers.logits(last_window(few, self.length)) for few in histories.chunks(_VIEWERS_AT_ONCE)]
        return np.concatenate(logits) if logits else np.empty(histories.shape)

    def contributions(self, history: Histories, films: IntArray) -> FloatArray:
        """By how much each film's score falls when one interaction is taken out, shape (interactions, films).

        Of those before the newest 20 it is not asked: each costs as much as a slate, and what was long ago says little.
        """
        count = min(len(history.film), self.length)
        asked = min(count, _EXPLAINED)
        read, before = history.film[len(history.film) - count :], len(history.film) - count
        if not count:
            return np.zeros((0, len(films)))
        without = np.zeros((asked + 1, count), dtype=np.int64)
        without[0] = read
        for row in range(asked):
            without[row + 1, :-1] = np.delete(read, count - asked + row)
        windows = LastWindows(without, np.array([count, *[count - 1] * asked]), np.full(asked + 1, before))
        scores = self._towers().logits(windows)[:, films]
        return np.concatenate((np.zeros((len(history.film) - asked, len(films))), scores[:1] - scores[1:]))

    def _towers(self) -> "EncoderTowers":
        """The trained network and the vectors of the whole catalogue, built at the first call and then kept."""
        if self._kept is None:
            network = self._network(len(self.arrays["place"]), self.arrays["content"].shape[1], self._learned_width)
            network.load_state_dict(self._parameters())
            with torch.no_grad():
                vectors = torch.from_numpy(self.arrays["content"]) @ network.content
                vectors[torch.from_numpy(self.arrays["place"])] += network.identity
            self._kept = EncoderTowers(network.eval(), vectors)
        return self._kept

    def _train(
        self,
        network: Encoder,
        training: Histories,
        catalogue: tuple[pd.Index, pd.Index, np.ndarray],
        epochs: int,
        rate: float,
    ) -> Self:
        """Train `network` on the films that were watched, and keep it with the whole catalogue's content."""
        watched, self.films, content = catalogue
        place = self.films.get_indexer(watched)
        self._run(network, training, content[place], epochs, rate)
        popularity = np.zeros(len(self.films))
        popularity[place] = training.popularity(self.half_life_days)
        learned = {_NETWORK + name: value for name, value in network_arrays(network).items()}
        self.arrays, self._kept = {"popularity": popularity, "place": place, "content": content, **learned}, None
        return self

    def _run(self, network: Encoder, training: Histories, content: np.ndarray, epochs: int, rate: float) -> None:
        """Train all epochs, from the last that the journal keeps on; the journal keeps and reports each."""
        targets = target_count(training)
        tokens = int(np.clip(targets / 32, 128, 2048))
        epochs = max(epochs, math.ceil(epochs / self.epochs * self.least_steps * tokens / max(targets, 1)))
        recipe = self._recipe(network, training, content, epochs, rate)
        with to_train(network):
            optimisers: dict[str, Optimizer] = {"adamw": AdamW(network.parameters(), weight_decay=0.01)}
            done, state = self.journal.kept(recipe) or (0, {})
            if done:
                restore(network, optimisers, state)
            for epoch in range(done, epochs if targets else 0):
                with seeded(self.seed + 1 + epoch), one_thread():
                    loss = self._epoch(network, optimisers, training, content, tokens, (epoch, epochs, rate))
                self.journal.keep(recipe, epoch + 1, training_state(network, optimisers))
                self.journal.tell(self.name, epoch + 1, epochs, loss)

    def _epoch(
        self,
        network: Encoder,
        optimisers: dict[str, Optimizer],
        training: Histories,
        content: np.ndarray,
        tokens: int,
        at: tuple[int, int, float],
    ) -> float:
        """Train one pass over the data, changing network and optimisers; returns the mean loss in nats."""
        epoch, epochs, rate = at
        described = torch.from_numpy(content).to(network.identity.device)
        droppable = described.any(dim=1, keepdim=True)
        random = np.random.default_rng([self.seed, epoch])
        batches = list(training_batches(training, self.length, self.windows, tokens, random))
        losses = []
        network.train()
        for number, batch in enumerate(batches):
            dropped = droppable & (torch.rand(len(content), 1, device=described.device) < _IDENTITY_DROPPED)
            vectors = network.vectors(described, (~dropped).float())
            loss = next_film_loss(network, vectors, batch)
            loss.backward()
            step(optimisers, rate_at(rate, (epoch + number / len(batches)) / epochs, _WARM_UP))
            losses.append(loss.item())
        return float(np.mean(losses))

    def _network(self, films: int, terms: int, width: int) -> Encoder:
        """A new network with this model's settings."""
        return Encoder(films, terms, width, self.blocks, self.dropout)

    @property
    def _learned_width(self) -> int:
        """The width of the trained network."""
        return int(self.arrays[_NETWORK + "count"].shape[1])

    def _parameters(self) -> dict[str, torch.Tensor]:
        """What the network has learned, by the names of its parameters."""
        learned = {name: value for name, value in self.arrays.items() if name.startswith(_NETWORK)}
        return {name.removeprefix(_NETWORK): torch.from_numpy(value) for name, value in learned.items()}

    def _load_learned(self, network: Encoder, watched: pd.Index) -> None:
        """Put what was learned into a network for the films `watched`; those that are new keep their beginning."""
        place = self.films.take(self.arrays["place"]).get_indexer(watched)
        state = self._parameters()
        identity = network.identity.detach().clone()
        identity[torch.from_numpy(place >= 0)] = state["identity"][torch.from_numpy(place[place >= 0])]
        network.load_state_dict({**state, "identity": identity})

    def _recipe(self, network: Encoder, training: Histories, content: np.ndarray, epochs: int, rate: float) -> str:
        """The name under which the journal keeps this training: a hash of settings, data and first weights."""
        settings = {**asdict(self), "epochs": epochs, "rate": rate}
        return recipe_of(settings, training.viewer, training.film, content, *network_arrays(network).values())

    def _write_files(self, files: Artifact) -> None:
        """Write settings, films, the network's weights and terms into the artifact's folder."""
        super()._write_files(files)
        files.write_frame("terms", self.terms)

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.terms = files.read_frame("terms")
        return model


@dataclass(frozen=True)
class EncoderTowers:
    """A trained network that does not drop anything, and the vectors of all films, shape (films, width)."""

    network: Encoder
    vectors: torch.Tensor

    def logits(self, windows: LastWindows) -> FloatArray:
        """Run the network: logs of the probabilities of each next film after windows, (windows, films)."""
        longest = max(int(windows.filled.max(initial=0)), 1)
        last = torch.from_numpy(np.maximum(windows.filled - 1, 0))
        films = torch.from_numpy(windows.films[:, :longest])
        before = torch.from_numpy(windows.before)[:, None] + torch.arange(longest)
        with torch.inference_mode(), one_thread():
            states = self.network(self.vectors, films, before)[torch.arange(len(films)), last]
            # Before the first film nothing is known: every film is as probable as any other.
            states[torch.from_numpy(windows.filled == 0)] = 0.0
            return torch.log_softmax(states @ self.vectors.T, dim=1).numpy().astype(np.float64)


def _width_for(interactions: int, most: int) -> int:
    """The network's width for so many interactions: the greatest power of two up to their root, `most` at most.

    Wider ones learned a small audience by heart: of 2,344 interactions, 128 dimensions ranked worse than 32.
    """
    return min(most, max(_NARROWEST, 1 << int(math.log2(interactions) / 2)))


def _content(films: pd.DataFrame | None, catalogue: pd.Index, terms: pd.DataFrame) -> np.ndarray:
    """What is said of each film of the catalogue as weighted terms, (films, terms), float32."""
    return np.asarray(term_matrix(films, catalogue, terms).toarray(), dtype=np.float32)
