"""Any causal language model of `transformers` that lies in a local folder, with its tokenizer."""

from pathlib import Path
from typing import ClassVar

from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from models.base.errors import BadArtifact, TooLong, UnknownText
from models.scripts.asked import Ask, Header
from models.scripts.causal import Causal
from models.scripts.reader import Prompt

_SAMPLE = "The door opens, and somebody we have not met before comes in."
_LONGEST = 2048  # tokens, where the model does not say how many it reads


class FolderWriter(Causal):
    """Writes with a bigger model, within the same grammar; it only writes, and nothing is looked up anywhere else.

    A header is told in words, before the premise.
    """

    name: ClassVar[str] = "folder"

    def __init__(self, folder: Path) -> None:
        """Load model and tokenizer from the folder, nothing from the network; BadArtifact where it holds none."""
        self.folder = folder
        if not (folder / "config.json").is_file():
            raise BadArtifact(
                f"{folder} has no config.json: give a folder that `save_pretrained` of transformers wrote"
            )
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            self.network = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as torn:
            raise BadArtifact(
                f"{folder} holds no causal language model with its tokenizer ({str(torn)[:200]})"
            ) from torn
        self.context = int(getattr(self.network.config, "max_position_embeddings", None) or _LONGEST)
        self.texts, self.end = _texts(self.tokenizer, self.network.config.vocab_size), _end(self.tokenizer)
        self.characters_a_token = len(_SAMPLE) / len(self._encoded(_SAMPLE))

    def row(self, ask: Ask) -> Prompt:
        """Header and premise in words, then the fragment to go on with; raises TooLong where no room is left."""
        header = self._encoded(_prompt(ask.header, ask.premise))
        if len(header) >= self.context:
            raise TooLong(
                f"header and premise are {len(header):,} tokens, and the model at {self.folder} reads {self.context:,} "
                f"at once: shorten the premise"
            )
        return Prompt(header, self._encoded(ask.fragment.text if ask.fragment else ""))

    def loss(self, text: str) -> float:
        """The mean loss over a text, nats a character; raises UnknownText (see the protocol)."""
        return self._nats_a_character(self._encoded(text), len(text))

    def _encoded(self, text: str) -> list[int]:
        """The tokens of a text; raises UnknownText where the tokenizer does not know some of it."""
        tokens = list(self.tokenizer.encode(text, add_special_tokens=False))
        unknown = self.tokenizer.unk_token_id
        if unknown is not None and unknown in tokens:
            raise UnknownText("some of the text is unknown to the model's tokenizer: write in its language")
        return tokens


def _prompt(header: Header, premise: str) -> str:
    """Header and premise in words, as the text that the model is to continue."""
    genres, tone, segment = ", ".join(header.genres), header.tone, header.segment
    lines = [("Genre", genres), ("Tone", tone), ("Audience", segment), ("Premise", premise)]
    return "".join(f"{name}: {value}\n" for name, value in lines if value) + "Screenplay:\n\n"


def _texts(tokenizer: PreTrainedTokenizerBase, count: int) -> list[str | None]:
    """The text of each token behind another one, None for signs, parts of characters, and tokens without a text."""
    signs, before = set(tokenizer.all_special_ids), tokenizer.encode("a", add_special_tokens=False)
    skipped = len(tokenizer.decode(before))
    known = range(min(count, len(tokenizer)))
    texts = [str(tokenizer.decode([*before, number]))[skipped:] for number in known] + [""] * (count - len(known))
    return [None if number in signs or "\ufffd" in text or not text else text for number, text in enumerate(texts)]


def _end(tokenizer: PreTrainedTokenizerBase) -> int:
    """The token by which the model ends a text."""
    end = tokenizer.eos_token_id
    return int(end if end is not None else tokenizer.pad_token_id or 0)
