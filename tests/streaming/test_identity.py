"""Pseudonyms hide, and are the same for ever; the key is ours alone."""

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.errors import StreamingError
from streaming.schema.identity import KEPT_IDS, Pseudonymiser, load_or_create_key


def test_a_pseudonym_is_the_hmac_of_the_raw_id() -> None:
    # RFC 4231, test case 2, cut to 128 bits.
    assert Pseudonymiser(b"Jefe")("what do ya want for nothing?") == "5bdcc146bf60754e6a042426089575c7"


@given(st.text(), st.text())
def test_pseudonyms_tell_ids_apart_and_nothing_else(first: str, second: str) -> None:
    pseudonymise, again = Pseudonymiser(b"k" * 32), Pseudonymiser(b"k" * 32)
    assert (pseudonymise(first) == again(second)) == (first == second)
    assert pseudonymise(first) != Pseudonymiser(b"K" * 32)(first)


def test_raw_ids_are_not_kept_for_ever() -> None:
    pseudonymise, raw = Pseudonymiser(b"k" * 32), "-".join(["raw", "id"])
    alone = sys.getrefcount(raw)
    pseudonym = pseudonymise(raw)
    for number in range(KEPT_IDS):
        pseudonymise(str(number))
    assert sys.getrefcount(raw) == alone
    assert pseudonymise(raw) == pseudonym


def test_the_key_is_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "keys"
    key = load_or_create_key(folder)
    assert load_or_create_key(folder) == key
    assert len(key) == 32
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]


def test_the_mask_of_the_process_does_not_open_the_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_create_key(tmp_path / "keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "keys" / "pseudonym.key").stat().st_mode) == 0o600


def test_of_many_that_start_at_once_all_get_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(load_or_create_key, [tmp_path / "keys"] * 32))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["pseudonym.key"]


@pytest.mark.parametrize(("place", "mode", "cure"), [("pseudonym.key", 0o640, "chmod 600"), (".", 0o755, "chmod 700")])
def test_a_key_that_others_can_reach_is_refused_with_the_cure(tmp_path: Path, place: str, mode: int, cure: str) -> None:
    folder = tmp_path / "keys"
    key = load_or_create_key(folder)
    (folder / place).chmod(mode)
    with pytest.raises(StreamingError, match=cure) as refusal:
        load_or_create_key(folder)
    assert key.hex() not in str(refusal.value)


def test_a_torn_key_is_refused_rather_than_replaced(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "pseudonym.key"
    load_or_create_key(path.parent)
    path.write_text("abc")
    with pytest.raises(StreamingError, match="holds 3 characters, and a key is 64"):
        load_or_create_key(path.parent)
    assert path.read_text() == "abc"
