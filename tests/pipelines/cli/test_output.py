"""What a verb prints of others' words is what they wrote: no mark-up of ours, and nothing that a terminal obeys."""

import pytest

from pipelines.cli.output.tables import show

_ODD = ("[/]", "[red]Alert[/red]", "[link=http://evil]x[/link]", "\x1b[2Jgone", "a\u202eb", "\0", "\x9b31m")


@pytest.mark.parametrize("text", _ODD)
def test_odd_texts_are_printed_as_they_are_or_escaped(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    show(text, (text,), [[text]])
    printed = capsys.readouterr().out
    assert printed.count("".join(repr(each)[1:-1] for each in text)) == 3, "the title, the head and the cell"
    assert not any(each in printed for each in "\x1b\x9b\0\u202e")
