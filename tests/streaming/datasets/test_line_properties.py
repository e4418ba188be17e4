"""Whatever bytes a file holds, each line becomes one event or one bad line."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streaming.datasets.dataset import BadLine, DraftEvent
from streaming.datasets.recognise import FORMS, source_of
from streaming.datasets.text import LineSource, TextDataset, read_lines
from streaming.errors import CodecError
from streaming.kafka.topics import topic_of
from streaming.schema.events import Rate
from streaming.schema.identity import Pseudonymiser

PSEUDONYMISE = Pseudonymiser(b"k" * 32)
SOURCES = {source.loader: source for form in FORMS for source in form.sources}
LINE_SOURCES = [source for form in FORMS if issubclass(form, TextDataset) for source in form.sources]

ALMOST = st.lists(
    st.sampled_from([b"1", b"12", b"3.5", b"-1", b"978300760", b"::", b"\t", b",", b"|", b'"', b"0|0", b"\xff"]),
    max_size=40,
).map(b"".join)
LINES = st.lists(st.one_of(st.binary(max_size=60), ALMOST), max_size=20)


@pytest.mark.parametrize("source", LINE_SOURCES, ids=lambda source: source.loader)
@given(lines=LINES)
@example(lines=[b"1::1::3::10", b"1\t1\t3\t10", b"1,1,3,10"])
def test_each_line_is_one_event_or_one_bad_line(source: LineSource, lines: list[bytes]) -> None:
    drafts: list[DraftEvent] = []
    bad: list[BadLine] = []
    content = b"\n".join(lines)
    read_lines(source, content, drafts, bad)
    rows = [line.removesuffix(b"\r") for line in content.split(b"\n")]
    wanted = {
        number
        for number, row in enumerate(rows, start=1)
        if row.strip() and not (number == 1 and source.is_header(row))
    }
    numbers = [draft.line for draft in drafts] + [int(line.origin.rpartition("#L")[2]) for line in bad]
    assert sorted(numbers) == sorted(wanted)
    assert {line.origin: line.raw for line in bad} == {
        f"{source.loader}#L{number}": rows[number - 1] for number in wanted - {draft.line for draft in drafts}
    }
    for draft in drafts:
        event = draft.event(PSEUDONYMISE)
        record = topic_of(event.type).codec.encode(event, draft.origin)
        assert topic_of(event.type).codec.decode(record.value, record.headers) == event


@pytest.mark.parametrize("loader", SOURCES)
@given(raw=st.one_of(st.binary(max_size=80), ALMOST, st.text().map(lambda text: json.dumps(text).encode())))
def test_no_bytes_make_a_source_fail_otherwise(loader: str, raw: bytes) -> None:
    source = source_of(loader)
    assert source is not None
    try:
        draft = source.draft(raw, 1)
    except CodecError as error:
        assert str(error)
    else:
        assert draft.event(PSEUDONYMISE).occurred_at == draft.occurred_at


NUMBERS = st.integers(0, 10**18 - 1)


@given(
    viewer=NUMBERS,
    film=NUMBERS,
    rating=st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-99, max_value=99),
    seconds=st.integers(-(10**15) + 1, 10**15 - 1),
)
def test_every_row_of_numbers_is_the_rating_that_it_says(viewer: int, film: int, rating: Decimal, seconds: int) -> None:
    for loader, separator in (("ml-1m/ratings.dat", "::"), ("ml-100k/u.data", "\t"), ("ml-csv/ratings.csv", ",")):
        source = source_of(loader)
        assert source is not None
        row = separator.join(map(str, (viewer, film, rating, seconds))).encode()
        event = source.draft(row, 1).event(PSEUDONYMISE)
        assert isinstance(event, Rate)
        assert event.viewer_id == PSEUDONYMISE(f"{loader.partition('/')[0]}:{viewer}")
        assert (event.film_id, event.rating, event.occurred_at) == (f"ml-{film}", float(rating), seconds * 1000)
