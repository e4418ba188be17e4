"""Writers: each learns, writes Fountain and nothing else, by its seed alone, and goes on where it was killed."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from models.base.errors import BadArtifact, EmptyTraining, TooLong, UnknownHeader, UnknownText, Untrainable
from models.screenplay.fragment import going_on
from models.screenplay.grammar import fountain
from models.screenplay.lines import meant, parsed
from models.scripts import load_writer, members
from models.scripts.asked import Ask, Fragment, Header, WritingSettings
from models.scripts.decoding import Drawing, picked
from models.scripts.foreign.folder import FolderWriter
from models.scripts.letters import Letters
from models.scripts.trained import TrainedWriter
from models.scripts.windows import UNSEEN, Stream
from models.training.journal import Journal
from tests.models.script_pieces import pieces

SMALL: dict[str, Any] = {"width": 32, "blocks": 1, "heads": 2, "context": 64, "batch": 8, "rate": 1e-2}
SIZES: dict[str, dict[str, Any]] = {
    "characters": {"steps": 300, "context": 128, "counted": (128, 512, 512)},
    "subwords": {"steps": 200, "size": 160, "blocks": 2, "spans": (512,)},
}
SHORT = WritingSettings(length=25)


def made(name: str, **others: Any) -> TrainedWriter:
    return members()[name](**{**SMALL, **SIZES[name], **others})  # type: ignore[return-value]


@cache
def learned(name: str) -> TrainedWriter:
    return made(name).fit(pieces())


@pytest.fixture(params=sorted(SIZES))
def writer(request: pytest.FixtureRequest) -> TrainedWriter:
    """Each member, trained; tests leave it as it is."""
    return learned(request.param)


@pytest.fixture
def subwords() -> TrainedWriter:
    return learned("subwords")


def test_all_members_are_tried_here() -> None:
    assert set(members()) == set(SIZES)


def test_a_writer_learns(writer: TrainedWriter) -> None:
    losses = writer.losses
    assert np.mean(losses[-10:]) < 0.4 * np.mean(losses[:10])
    unseen = pieces(10, seed=1)[3].script
    assert writer.loss(unseen) < 0.7 < 1.5 < writer.loss("And so Ben drives a cold song to the cat, my old rain.")


def test_whatever_is_asked_it_writes_fountain(writer: TrainedWriter) -> None:
    asks = [Ask(seed=seed) for seed in range(8)]
    for settings in (
        SHORT,
        WritingSettings(length=20, temperature=2.0, top_p=1.0, repeat=0),
        WritingSettings(60, 0.0, 0.5, 3),
    ):
        for text in writer.write(asks, settings):
            assert fountain().accepts(text) and meant(text) == parsed(text)


def test_the_seed_is_all_the_chance(writer: TrainedWriter) -> None:
    asks = [Ask(premise="A story in which we drive all night.", seed=seed) for seed in range(3)]
    torch.manual_seed(1)
    together = writer.write(asks, SHORT)
    torch.manual_seed(2)
    assert [writer.write([ask], SHORT)[0] for ask in asks] == together
    assert len(set(together)) > 1


def test_generations_beside_each_other_share_no_state(writer: TrainedWriter) -> None:
    asks = [Ask(seed=seed) for seed in range(3)]
    alone = [writer.write([ask], SHORT) for ask in asks]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda ask: writer.write([ask], SHORT), asks)) == alone


def test_the_cache_changes_no_word(writer: TrainedWriter) -> None:
    asks, settings = [Ask(Header(("Crime",), "dark"), seed=seed) for seed in range(2)], WritingSettings(length=30)
    cached = writer.write(asks, settings)
    plain = replace(writer)
    plain.__dict__.update({**writer.__dict__, "cached": False})
    assert plain.write(asks, settings) == cached


def test_the_header_is_heeded(writer: TrainedWriter) -> None:
    for tone, genre, place in (("light", "Comedy", "GARDEN"), ("dark", "Crime", "ROAD")):
        texts = writer.write(
            [Ask(Header((genre,), tone), "A story of Anna and Ben.", seed=seed) for seed in range(10)], SHORT
        )
        assert sum(place in text for text in texts) >= 8


def test_who_leans_says_the_words_of_a_genre_before_its_header_is_learned() -> None:
    young = made("subwords", steps=4).fit(pieces())
    told = {"Comedy": ("tea", "dance", "song", "cat"), "Crime": ("car", "drive", "rain", "gun")}
    asks = [Ask(Header((genre,)), seed=seed) for genre in told for seed in range(12)]

    def heard(lean: float) -> int:
        """Words of the genres asked for, less words of the other."""
        texts = young.write(asks, replace(SHORT, length=60, lean=lean))
        comedy, crime = ([sum(map(text.count, words)) for text in texts] for words in told.values())
        return sum(comedy[:12]) - sum(crime[:12]) + sum(crime[12:]) - sum(comedy[12:])

    assert young.genres == ("Comedy", "Crime")
    assert heard(2.0) > 10 > 5 > abs(heard(0.0))


def test_the_baseline_is_the_entropy_of_letters() -> None:
    letters = Letters.of(["aab", "b"])
    assert letters.loss("ab") == pytest.approx(np.log(2)) and letters.loss("z") == pytest.approx(np.log(4))
    assert learned("characters").loss(pieces()[0].script) < Letters.of(p.script for p in pieces()).loss(
        pieces()[0].script
    )


def test_a_screenplay_is_as_long_as_it_may_be_and_no_longer(subwords: TrainedWriter) -> None:
    longer, shorter = (
        subwords.write([Ask(seed=seed) for seed in range(3)], WritingSettings(length=n)) for n in (80, 25)
    )
    assert max(map(len, shorter)) < min(map(len, longer))
    assert max(len(text.split()) for text in longer) < 1.5 * 80


def test_a_passage_hardly_comes_twice(subwords: TrainedWriter) -> None:
    """At temperature 0 a small model goes round in circles."""
    freely, kept = (
        subwords.write([Ask()], WritingSettings(length=100, temperature=0.0, repeat=repeat))[0] for repeat in (0, 4)
    )
    assert _most_common(freely) > 2 * _most_common(kept)


def _most_common(text: str) -> int:
    words = text.split()
    spans = [" ".join(words[at : at + 5]) for at in range(len(words) - 4)]
    return max(map(spans.count, spans))


def test_a_fragment_is_gone_on_with(writer: TrainedWriter) -> None:
    fragment = Fragment(*going_on("EXT. ROAD - DAY\n\nThey say that a hard rain.\n\nANNA\n"))
    (text,) = writer.write([Ask(fragment=fragment)], SHORT)
    whole = fragment.text + text
    assert fountain().accepts(whole) and parsed(whole)[2:4][0] == ("character", "ANNA")
    assert parsed(whole)[3][0] in ("dialogue", "parenthetical")


def test_a_saved_writer_writes_the_same(writer: TrainedWriter, tmp_path: Path) -> None:
    writer.save(tmp_path / "writer")
    loaded = load_writer(tmp_path / "writer")
    asks = [Ask(Header(("Comedy",), "light"), "A story.", seed=3)]
    for settings in (SHORT, replace(SHORT, lean=1.0)):
        assert loaded.write(asks, settings) == writer.write(asks, settings)
    assert loaded.losses == writer.losses  # type: ignore[attr-defined]
    assert {path.suffix for path in (tmp_path / "writer").iterdir()} == {".json", ".safetensors"}
    torn = tmp_path / "writer" / "network.safetensors"
    torn.write_bytes(torn.read_bytes()[:-1])
    with pytest.raises(BadArtifact, match=torn.name):
        load_writer(tmp_path / "writer")


class Killed(Exception):
    """Somebody pulled the plug."""


def killer(at: int) -> Callable[[str, int, int, float], None]:
    def tell(what: str, done: int, total: int, loss: float) -> None:
        if done >= at:
            raise Killed

    return tell


def test_a_killed_training_goes_on_to_the_same_losses(writer: TrainedWriter, tmp_path: Path) -> None:
    first = made(writer.name)
    first.journal = Journal(tmp_path, killer(50))
    with pytest.raises(Killed):
        first.fit(pieces())
    torch.rand(7)
    told: list[int] = []
    again = made(writer.name)
    again.journal = Journal(tmp_path, lambda what, done, total, loss: told.append(done))
    again.fit(pieces())
    assert told == list(range(100, writer.steps + 1, 50)), "the first fifty steps are not repeated"
    assert again.losses == writer.losses
    assert again.write([Ask()], SHORT) == writer.write([Ask()], SHORT)


def test_int8_loses_little_and_cannot_learn(writer: TrainedWriter, tmp_path: Path) -> None:
    small, text = writer.as_int8(), pieces(10, seed=1)[3].script
    assert small.loss(text) == pytest.approx(writer.loss(text), abs=0.02)
    assert small.bytes < 0.35 * writer.bytes
    small.save(tmp_path / "small")
    loaded = load_writer(tmp_path / "small")
    assert loaded.write([Ask(seed=1)], SHORT) == small.write([Ask(seed=1)], SHORT)
    with pytest.raises(Untrainable, match="only writes"):
        small.fit(pieces())


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (Ask(Header(("Western",))), UnknownHeader, r"not learned genre:Western; it knows genre:Comedy, genre:Crime"),
        (Ask(Header(tone="grim")), UnknownHeader, "tone:grim"),
        (Ask(premise="Чай is hot."), UnknownText, r"'Ч'.* are unknown to the writer: write in English"),
        (Ask(premise="das alte Haus an der Strasse ist in die Nacht"), UnknownText, "of 10 words the writer knows"),
        (Ask(fragment=Fragment("EXT. ROAD\n\n漢字.\n\n")), UnknownText, "'漢'"),
    ],
)
def test_what_was_not_learned_is_named(subwords: TrainedWriter, ask: Ask, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        subwords.write([ask], SHORT)


def test_a_segment_that_was_learned_is_heeded() -> None:
    of_segments = [
        piece._replace(header=Header(segment="teens" if piece.header.tone == "dark" else "elders"))
        for piece in pieces()
    ]
    writer = made("subwords", steps=300).fit(of_segments)
    texts = writer.write(
        [Ask(Header(segment="teens"), "A story of Anna and Ben.", seed=seed) for seed in range(10)], SHORT
    )
    assert sum("ROAD" in text for text in texts) >= 8


def test_too_little_text_is_named() -> None:
    with pytest.raises(EmptyTraining, match=r"tokens to learn from, and 256 are wanted: .*--content DIR"):
        made("subwords").fit(pieces(2))


def test_windows_carry_the_header_of_the_piece_that_they_begin_in(subwords: TrainedWriter) -> None:
    stream = Stream.of(pieces(), subwords.vocabulary)
    here, following = stream.windows(40, 32, np.random.default_rng(0))
    signs = {tuple(subwords.vocabulary.header(piece.header)) for piece in pieces()}
    assert {tuple(row[:2]) for row in here} == signs
    assert (following[:, 0] == UNSEEN).all() and (following[:, 1:-1] == here[:, 2:]).all()


def test_what_is_drawn_is_among_the_likeliest() -> None:
    scores = np.log(np.array([[0.5, 0.3, 0.15, 0.05]]))
    how = Drawing(length=1, temperature=1.0, top_p=0.75, repeat=0, end=0)
    tokens = [int(picked(scores, how, np.array([chance]))[0]) for chance in np.linspace(0, 0.999, 800)]
    assert np.bincount(tokens, minlength=4) / 800 == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    assert picked(scores, replace(how, temperature=0.0), np.array([0.99])) == [0]
    hot = [int(picked(scores, replace(how, temperature=9.0, top_p=1.0), np.array([c]))[0]) for c in (0.1, 0.99)]
    assert hot == [0, 3]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of `transformers` that was made elsewhere, and has learned nothing."""
    path, tokenizer = tmp_path_factory.mktemp("gpt2"), Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([piece.script for piece in pieces()], trainer)
    from tokenizers import decoders

    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>").save_pretrained(path)
    config = GPT2Config(vocab_size=400, n_positions=96, n_embd=32, n_layer=1, n_head=2, eos_token_id=0)
    GPT2LMHeadModel(config).save_pretrained(path)
    return path


def test_any_local_model_writes_within_the_grammar(folder: Path) -> None:
    writer = FolderWriter(folder)
    asks = [Ask(Header(("Crime",), "dark"), "Zwei Diebe — чай.", seed=seed) for seed in range(3)]
    texts = writer.write(asks, SHORT)
    assert all(meant(text) == parsed(text) and fountain().accepts(text) for text in texts)
    assert writer.write(asks[:1], SHORT) == texts[:1]
    assert 0 < writer.loss("He waits.") < 20
    assert FolderWriter(folder).write(asks, SHORT) == texts


def test_a_folder_without_a_model_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadArtifact, match=r"has no config\.json"):
        FolderWriter(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BadArtifact, match="holds no causal language model"):
        FolderWriter(tmp_path)
    torn = shutil.copytree(folder, tmp_path / "torn") / "model.safetensors"
    torn.write_bytes(torn.read_bytes()[:-100])
    with pytest.raises(BadArtifact, match=r"holds no causal language model .*incomplete"):
        FolderWriter(torn.parent)


def test_a_premise_that_leaves_no_room_to_write_in_is_named(folder: Path) -> None:
    with pytest.raises(TooLong, match=r"are \d+ tokens, and the model at .* reads 96 at once: shorten the premise"):
        FolderWriter(folder).write([Ask(premise="They wait. " * 50)], SHORT)
