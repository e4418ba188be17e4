"""A writer that is trained here, from tokenizer to weights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import numpy as np
import torch

from models.base.artifact import Artifact
from models.base.errors import EmptyTraining, Untrainable
from models.base.saved import Saved
from models.scripts.asked import Ask, Piece
from models.scripts.causal import Causal, common_words, refuse_foreign
from models.scripts.copies import TrainingText
from models.scripts.int8 import int8_state, use_int8_layers
from models.scripts.leaning import Floats, leanings
from models.scripts.network import Shape, built, count
from models.scripts.reader import Prompt
from models.scripts.training import TrainingPlan, train
from models.scripts.vocabulary import END, PREMISE, SCRIPT, Vocabulary
from models.scripts.windows import Stream
from models.training.determinism import one_thread
from models.training.journal import Journal

_FEWEST = 4  # windows of text
_COMMON = 3  # times that a word stands in the training, to be one of the language


@dataclass(eq=False)
class TrainedWriter(Saved, Causal):
    """Learns a vocabulary, then a network over it. Members differ in their tokens and sizes.

    A header's fields are signs of the vocabulary, and stand before each window of the text that is learned from, so
    that they are in sight wherever a screenplay has got to. `losses` holds that of each step of the training, in nats.
    """

    name: ClassVar[str]
    size: int = 1  # tokens of the vocabulary; 1: characters
    width: int = 128
    blocks: int = 4
    heads: int = 4
    context: int = 256  # tokens
    spans: tuple[int, ...] = ()  # rows of the tables of spans' vectors
    counted: tuple[int, ...] = ()  # rows of the tables of counts, in their place
    dropout: float = 0.1
    batch: int = 16  # windows
    steps: int = 1000
    rate: float = 2e-3  # of learning, at its peak
    decay: float = 0.1
    seed: int = 0
    int8: bool = False  # whether its layers are int8: such a writer cannot be trained

    def __post_init__(self) -> None:
        """Lists become tuples; the journal keeps nothing."""
        self.spans, self.counted = tuple(self.spans), tuple(self.counted)
        self.journal = Journal()  # reports the progress of a training, and keeps its states

    def fit(self, pieces: Sequence[Piece]) -> Self:
        """Learn from pieces, in place; a training of the same recipe goes on where the journal's last one stopped.

        Raises:
            EmptyTraining: there is too little text to learn from.
            Untrainable: it is int8.
        """
        if self.int8:
            raise Untrainable(f"{self.name} as int8 only writes: fit a float32 one, and take its `as_int8`")
        texts = [text for piece in pieces for text in (piece.premise, piece.script)]
        words = frozenset(common_words(texts, _COMMON)), TrainingText.of(texts)
        self._speak(Vocabulary.trained(pieces, self.size), *words)
        stream = Stream.of(pieces, self.vocabulary)
        places = [[self.genres.index(genre) for genre in piece.header.genres] for piece in pieces]
        self.leanings = leanings(stream, places, len(self.genres), len(self.vocabulary))
        if len(stream.tokens) < _FEWEST * self.context:
            raise EmptyTraining(
                f"there are {len(stream.tokens)} tokens to learn from, and {_FEWEST * self.context} are wanted: give "
                f"folders with plays or films (cineloop script train --content DIR --boxoffice DIR)"
            )
        with one_thread():
            self.network = built(self._shape, self.seed)
            count(self.network, stream.tokens)
        plan = TrainingPlan(self.steps, self.batch, self.context, self.rate, self.decay, self.seed)
        self.losses = train(self.network, stream, plan, self.journal, self.name)
        self.characters_a_token = sum(map(len, texts)) / len(stream.tokens)
        return self

    def _speak(self, vocabulary: Vocabulary, known: frozenset[str], training_text: TrainingText) -> None:
        """Keep in this model a vocabulary, the common words, and the training text to compare copies with."""
        self.vocabulary, self.known, self.training_text = vocabulary, known, training_text
        self.texts, self.end, self.genres = vocabulary.texts, vocabulary.sign(END), vocabulary.genres
        self.__dict__.pop("grammar", None)  # it is over the tokens

    def row(self, ask: Ask) -> Prompt:
        """Header and premise, then the fragment that is to go on."""
        fragment = ask.fragment.text if ask.fragment else ""
        for text in (ask.premise, fragment):
            refuse_foreign(text, self.known)
        sign, encode = self.vocabulary.sign, self.vocabulary.encode
        header = self.vocabulary.header(ask.header)
        return Prompt(header, [sign(PREMISE), *encode(ask.premise), *header, sign(SCRIPT), *encode(fragment)])

    def leaning(self, ask: Ask) -> Floats:
        """What is added to each token's log odds: the mean over the genres asked for, (tokens,)."""
        own = [self.genres.index(genre) for genre in ask.header.genres]
        return np.asarray(self.leanings[own].mean(axis=0)) if own else np.zeros(len(self.texts))

    def loss(self, text: str) -> float:
        """The mean loss over a text, nats a character (see the protocol)."""
        return self._nats_a_character(self.vocabulary.encode(text), len(text))

    def as_int8(self) -> Self:
        """A copy whose layers and tables are int8 (`int8.py`), and that cannot be trained."""
        small = replace(self, int8=True)
        small._speak(self.vocabulary, self.known, self.training_text)
        small.losses, small.characters_a_token, small.leanings = self.losses, self.characters_a_token, self.leanings
        small._build({name: value.detach() for name, value in int8_state(self.network).items()})
        return small

    @property
    def bytes(self) -> int:
        """How many bytes all that the network has learned takes."""
        return sum(value.nbytes for value in self.network.state_dict().values())

    def _write_files(self, files: Artifact) -> None:
        """Write settings, vocabulary, hashed training text and network into the artifact's folder."""
        super()._write_files(files)
        files.write_json("trained", {"losses": self.losses, "characters_a_token": self.characters_a_token})
        files.write_json("known", sorted(self.known))
        files.write_arrays("words", {"training": self.training_text.words, "leanings": self.leanings})
        files.write_arrays("network", {name: each.numpy() for name, each in self.network.state_dict().items()})
        self.vocabulary.save(files.folder / "tokenizer.json")

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new writer."""
        writer = super()._read_files(files)
        trained = files.read_json("trained")
        words, vocabulary = files.read_arrays("words"), Vocabulary.load(files.folder / "tokenizer.json")
        training_text = TrainingText(words["training"].astype(np.uint32))
        writer._speak(vocabulary, frozenset(files.read_json("known")), training_text)
        writer.leanings = words["leanings"]
        writer.losses, writer.characters_a_token = trained["losses"], trained["characters_a_token"]
        writer._build({name: torch.from_numpy(array) for name, array in files.read_arrays("network").items()})
        return writer

    def _build(self, state: dict[str, torch.Tensor]) -> None:
        """Rebuild this model's network from its state."""
        self.network = built(self._shape, self.seed)
        if self.int8:
            use_int8_layers(self.network)
        self.network.load_state_dict(state)
        self.network.eval()

    @property
    def _shape(self) -> Shape:
        sizes = (self.width, self.blocks, self.heads, self.context, self.dropout, self.spans, self.counted)
        return Shape(len(self.vocabulary), *sizes)
