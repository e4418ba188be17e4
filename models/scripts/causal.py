"""Base of all writers: a causal network that samples within the grammar, and its check of foreign words."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedModel

from models.base.errors import UnknownText
from models.screenplay.grammar import BEGIN, fountain
from models.screenplay.tokens import TokenGrammar
from models.scripts.asked import Ask, WritingSettings
from models.scripts.decoding import Drawing, drawn
from models.scripts.reader import Prompt
from models.scripts.training import mean_loss

_LETTERS_A_WORD = 5.7  # of English, with the space behind it
_FEWEST_WORDS, _LEAST_KNOWN = 8, 0.35


class Causal:
    """Writes with a network and tokens that subclasses provide."""

    network: PreTrainedModel
    context: int
    texts: list[str | None]  # of the tokens
    end: int  # the token that ends a screenplay
    characters_a_token: float
    cached: bool = True
    genres: tuple[str, ...] = ()

    @cached_property
    def grammar(self) -> TokenGrammar:
        """The grammar over the writer's tokens, built at the first use and kept."""
        return TokenGrammar.of(fountain(), self.texts)

    def write(self, asks: Sequence[Ask], settings: WritingSettings) -> list[str]:
        """Sample a screenplay for each ask, all at once, within the grammar (see the protocol)."""
        rows = [self.row(ask) for ask in asks]
        entries = [ask.fragment.at if ask.fragment else BEGIN for ask in asks]
        seeds = [ask.seed for ask in asks]
        lean = settings.lean * np.stack([self.leaning(ask) for ask in asks])
        how = self._drawing(settings)
        tokens = drawn(self.network, self.context, self.grammar, rows, entries, seeds, how, self.cached, lean)
        return ["".join(self.texts[token] or "" for token in each) + "\n" for each in tokens]

    def row(self, ask: Ask) -> Prompt:
        """The tokens that the network reads before it writes; subclasses provide it."""
        raise NotImplementedError

    def leaning(self, ask: Ask) -> npt.NDArray[np.float64]:
        """What is added to the log odds of each token for a `lean` of 1, (tokens,)."""
        return np.zeros(len(self.texts))

    def _drawing(self, settings: WritingSettings) -> Drawing:
        """The settings in tokens in place of words."""
        tokens_a_word = _LETTERS_A_WORD / self.characters_a_token
        length, repeat = (round(words * tokens_a_word) for words in (settings.length, settings.repeat))
        return Drawing(length, settings.temperature, settings.top_p, repeat, self.end)

    def _nats_a_character(self, tokens: list[int], characters: int) -> float:
        """The mean loss over tokens, as nats for each of the text's characters."""
        return mean_loss(self.network, tokens, self.context) * (len(tokens) - 1) / max(1, characters - 1)


def refuse_foreign(text: str, known: frozenset[str]) -> None:
    """Raises UnknownText where a text has eight words or more, and few of them are among `known`."""
    words = words_of(text)
    strange = [word for word in words if word not in known]
    if len(words) >= _FEWEST_WORDS and len(strange) > (1 - _LEAST_KNOWN) * len(words):
        raise UnknownText(
            f"of {len(words)} words the writer knows {len(words) - len(strange)} ({', '.join(strange[:4])} are new to "
            f"it): write in English, or train it on text in that language (cineloop script train)"
        )


def common_words(texts: Sequence[str], least: int) -> list[str]:
    """Words that stand in the texts `least` times or more, sorted."""
    counted = Counter(word for text in texts for word in words_of(text))
    return sorted(word for word, times in counted.items() if times >= least)


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, without the punctuation around them."""
    return [word for word in (each.strip(".,;:!?'\"-()&$%").lower() for each in text.split()) if word]
