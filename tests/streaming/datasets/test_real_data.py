"""The real sets, as far as they are here: every row is there, and none is bad."""

from pathlib import Path

import pytest

from streaming.datasets.recognise import recognise
from streaming.schema.identity import Pseudonymiser


@pytest.mark.parametrize(
    ("name", "descriptions", "happenings"),
    [("ml-1m", 3_883 + 6_040, 487_650), ("ml-latest-small", 9_742, 100_836), ("boxoffice", 11_884, 337_018)],
)
def test_every_row_is_read(real_data: Path, name: str, descriptions: int, happenings: int) -> None:
    folder = real_data / name
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    reading = recognise(folder).read()
    assert (len(reading.descriptions), len(reading.happenings), reading.bad) == (descriptions, happenings, [])
    assert reading.happenings == sorted(reading.happenings, key=lambda draft: (draft.occurred_at, draft.line))
    pseudonymise = Pseudonymiser(b"k" * 32)
    some = (*reading.descriptions, *reading.happenings[::10])
    assert len({draft.event(pseudonymise).event_id for draft in some}) == len(some)
