"""The real sets, as far as they are here: every row is there, and none is bad."""

from pathlib import Path

import pytest

from streaming.datasets.recognise import recognise
from streaming.identity import Pseudonymiser


@pytest.mark.parametrize(
    ("name", "films", "happenings"),
    [("ml-1m", 3_883, 487_650), ("ml-latest-small", 9_742, 100_836), ("boxoffice", 11_884, 337_018)],
)
def test_every_row_is_read(real_data: Path, name: str, films: int, happenings: int) -> None:
    folder = real_data / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    reading = recognise(folder).read()
    assert (len(reading.films), len(reading.happenings), reading.bad) == (films, happenings, [])
    assert reading.happenings == sorted(reading.happenings, key=lambda draft: (draft.occurred_at, draft.line))
    pseudonymise = Pseudonymiser(b"k" * 32)
    some = (*reading.films, *reading.happenings[::10])
    assert len({draft.event(pseudonymise).event_id for draft in some}) == len(some)
