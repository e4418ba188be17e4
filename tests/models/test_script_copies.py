"""Copies: what is counted can be counted by hand, and by brute force."""

from hypothesis import given
from hypothesis import strategies as st

from models.scripts.copies import SPAN, TrainingText

LEARNED = "one two three four five six seven eight nine ten"


def test_a_copy_is_found_whatever_its_dress() -> None:
    copied = TrainingText.of(["zero", LEARNED]).compare(
        "He says:\n\nTWO, three four -- 'five' six\nseven eight nine! No."
    )
    assert (copied.words, copied.spans, copied.copied, copied.longest) == (11, 4, 1, 8)
    assert copied.passage == "two three four five six seven eight nine" and copied.share == 0.25


def test_no_span_goes_over_the_end_of_a_text() -> None:
    halves = TrainingText.of(["one two three four", "five six seven eight nine ten"])
    assert halves.compare(LEARNED).copied == 0 and halves.compare(LEARNED).longest == 6


def test_nothing_is_copied_from_nothing() -> None:
    assert TrainingText.of([]).compare(LEARNED).longest == 0
    empty = TrainingText.of([LEARNED]).compare("")
    assert (empty.words, empty.spans, empty.copied, empty.longest, empty.share) == (0, 0, 0, 0, 0.0)


_TEXTS = st.lists(st.sampled_from("abc"), max_size=40)


@given(_TEXTS, _TEXTS)
def test_counts_are_those_of_brute_force(learned: list[str], written: list[str]) -> None:
    def spans(words: list[str], length: int) -> list[str]:
        return [" ".join(words[at : at + length]) for at in range(len(words) - length + 1)]

    copied = TrainingText.of([" ".join(learned)]).compare(" ".join(written))
    theirs = set(spans(learned, SPAN))
    assert copied.copied == sum(span in theirs for span in spans(written, SPAN))
    lengths = [n for n in range(1, len(written) + 1) if set(spans(learned, n)) & set(spans(written, n))]
    assert copied.longest == max(lengths, default=0)
    assert copied.passage in " ".join(learned)
