"""Text to tokens and back: characters, or pieces of words by byte-pair encoding (Sennrich, Haddow, Birch 2016)."""

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from models.base.errors import UnknownHeader, UnknownText
from models.screenplay.grammar import SIGNS
from models.scripts.asked import Header, Piece

END, PREMISE, SCRIPT = "<|end|>", "<|premise|>", "<|script|>"
_WORDS = Regex(r"\n| ?[\p{L}']+| ?\p{N}| ?[^\s\p{L}\p{N}']+|\s")
_LEAST = 2  # times that a pair stands in the training, to become a token
_OF_EVERYBODY, _OF_GENRE = "segment:", "genre:"


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a writer: signs of its own (token 0 is the end), then texts."""

    tokenizer: Tokenizer

    @classmethod
    def trained(cls, pieces: Sequence[Piece], size: int) -> Self:
        """Learn `size` tokens from pieces (1: only characters), and a sign for each field of their headers."""
        fields = sorted({named for piece in pieces for named in piece.header.fields()})
        signs = [END, PREMISE, SCRIPT, *map(_sign, fields)]
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Split(_WORDS, "isolated")
        trainer = trainers.BpeTrainer(
            vocab_size=size,
            min_frequency=_LEAST,
            special_tokens=signs,
            initial_alphabet=[*SIGNS, *string.ascii_letters, *string.digits],
            show_progress=False,
        )
        tokenizer.train_from_iterator(_texts(pieces), trainer)
        return cls(tokenizer)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        return cls(Tokenizer.from_file(str(path)))

    def save(self, path: Path) -> None:
        """Write the tokenizer's JSON to `path`."""
        self.tokenizer.save(str(path))

    @cached_property
    def texts(self) -> list[str | None]:
        """The text of each token, None for signs; computed once and kept."""
        signs = {*self.tokenizer.get_added_tokens_decoder()}
        return [None if number in signs else self.tokenizer.id_to_token(number) for number in range(len(self))]

    @cached_property
    def letters(self) -> frozenset[str]:
        """The characters that are tokens."""
        return frozenset(text for text in self.texts if text and len(text) == 1)

    @cached_property
    def fields(self) -> frozenset[str]:
        """The fields of headers that have a sign; computed once and kept."""
        signs = (token.content for token in self.tokenizer.get_added_tokens_decoder().values())
        return frozenset(sign[2:-2] for sign in signs if ":" in sign)

    @cached_property
    def genres(self) -> tuple[str, ...]:
        """The genres that were learned, by name."""
        return tuple(sorted(named.removeprefix(_OF_GENRE) for named in self.fields if named.startswith(_OF_GENRE)))

    def __len__(self) -> int:
        return int(self.tokenizer.get_vocab_size())

    def encode(self, text: str) -> list[int]:
        """The tokens of a text; raises UnknownText where it has characters that are none."""
        unknown = sorted(set(text) - self.letters)
        if unknown:
            raise UnknownText(
                f"{' '.join(map(repr, unknown[:8]))} {'is' if len(unknown) == 1 else 'are'} unknown to the writer: "
                f"write in English and in plain letters, or train it on text that has them (cineloop script train)"
            )
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, tokens: Iterable[int]) -> str:
        """The text of tokens; signs are left out."""
        return "".join(self.texts[token] or "" for token in tokens)

    def sign(self, name: str) -> int:
        """The number of a special token."""
        return self.tokenizer.get_vocab()[name]

    def header(self, header: Header) -> list[int]:
        """The signs of a header, without an unknown segment; raises UnknownHeader at an unknown genre or tone."""
        wanted = header.fields()
        unknown = [named for named in wanted if named not in self.fields and not named.startswith(_OF_EVERYBODY)]
        if unknown:
            known = ", ".join(sorted(self.fields)) or "no header at all"
            raise UnknownHeader(f"the writer has not learned {', '.join(unknown)}; it knows {known}")
        return [self.sign(_sign(named)) for named in wanted if named in self.fields]


def _sign(named: str) -> str:
    """How a special token is written."""
    return f"<|{named}|>"


def _texts(pieces: Sequence[Piece]) -> Iterable[str]:
    """Premise and script of each piece."""
    for piece in pieces:
        yield from (piece.premise, piece.script)
