"""`cineloop script draft`: a screenplay from a premise, or the continuation of one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show_json
from pipelines.platform.state import State

if TYPE_CHECKING:
    from models.scripts.asked import Ask, WritingSettings
    from pipelines.scripts.writing.drafting import Draft

Premise = Annotated[str, typer.Option("--premise", help="What it is about, in a sentence or two.")]
Continued = Annotated[Path | None, typer.Option("--continue", help="A screenplay in Fountain to continue.")]
Genre = Annotated[list[str] | None, typer.Option("--genre", help="Repeatable.")]
Tone = Annotated[str | None, typer.Option("--tone", help="light, serious or dark.")]
Segment = Annotated[
    str | None,
    typer.Option("--segment", help="The audience segment it is for; its brief fills in what no option says."),
]
Out = Annotated[Path | None, typer.Option("--out", help="Where the Fountain goes.", show_default="the terminal")]
Length = Annotated[
    int,
    typer.Option("--length", min=20, max=5000, help="Maximum length in words; a word counts as 5.7 letters."),
]
Temperature = Annotated[
    float, typer.Option("--temperature", min=0, max=2, help="Of sampling; 0 takes the likeliest token always.")
]
TopP = Annotated[
    float,
    typer.Option(
        "--top-p", min=0.01, max=1, help="Sample from the likeliest tokens that hold this much of the probability."
    ),
]
Repeat = Annotated[
    int, typer.Option("--repeat", min=0, help="Avoid repeating a passage of this many words; 0: no limit.")
]
Lean = Annotated[
    float, typer.Option("--lean", min=0, max=5, help="How strongly to prefer words of the genres; 0: not at all.")
]
Int8 = Annotated[bool, typer.Option("--int8", help="Use int8 weights: a quarter of the memory.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Random seed.")]
Model = Annotated[
    Path | None,
    typer.Option("--model", help="A local folder of `transformers`.", show_default="CINELOOP_SCRIPT_MODEL, or ours"),
]


def draft(
    premise: Premise = "",
    continued: Continued = None,
    genre: Genre = None,
    tone: Tone = None,
    segment: Segment = None,
    length: Length = 250,
    temperature: Temperature = 0.8,
    top_p: TopP = 0.95,
    repeat: Repeat = 6,
    lean: Lean = 0.0,
    seed: Seed = 0,
    int8: Int8 = False,
    out: Out = None,
    model: Model = None,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Write a screenplay in Fountain from a premise, or go on with one."""
    from models.scripts.asked import Ask, Header, WritingSettings
    from pipelines.scripts.files import prepared_output

    if out:
        prepared_output(out)
    header = Header(tuple(genre or ()), tone, segment)
    settings = WritingSettings(length, temperature, top_p, repeat, lean)
    text, made = _written(Ask(header, premise, seed=seed), continued, settings, state, model, int8)
    _show(text, made, out, as_json)


def _written(
    ask: "Ask", continued: Path | None, settings: "WritingSettings", state: Path, model: Path | None, int8: bool
) -> tuple[str, "Draft"]:
    """The whole screenplay, and what of it is new."""
    from models.screenplay.fragment import going_on, plain
    from models.scripts.asked import Fragment
    from pipelines.platform.settings import script_model
    from pipelines.scripts.brief import brief, completed, headers
    from pipelines.scripts.files import read_text
    from pipelines.scripts.observe import liked_genres
    from pipelines.scripts.writing.drafting import draft as drafted
    from pipelines.scripts.writing.train import open_writer

    fragment = Fragment(*going_on(plain(read_text(continued)))) if continued else None
    at, header = State.at(state), ask.header
    told = headers(brief(at.lake, header.segment), liked_genres(at.lake)) if header.segment else []
    writer = open_writer(at, model or script_model(), int8)
    if told:
        header = completed(header, told, writer.genres)
        typer.echo(f"{header.segment} is asked for {header.in_words()}", err=True)
    made = drafted(writer, ask._replace(header=header, premise=plain(ask.premise), fragment=fragment), settings)
    return (fragment.text if fragment else "") + made.text, made


def _show(text: str, made: "Draft", out: Path | None, as_json: bool) -> None:
    from dataclasses import asdict

    from streaming.atomic_files import write_whole

    if out:
        write_whole(out, text.encode())
    if as_json:
        share = made.copied.share if made.copied else None
        show_json({**asdict(made), "text": text, "copied_share": share, "out": out})
        return
    typer.echo(f"{out}" if out else text)
    typer.echo(_novelty(made), err=True)


def _novelty(made: "Draft") -> str:
    again = f"seed {', '.join(map(str, made.refused))} gave a copy, drawn again; " if made.refused else ""
    if made.copied is None:
        return f"{again}seed {made.seed}; what the model learned from is not known here, so copies cannot be told"
    copied = made.copied
    return (
        f"{again}seed {made.seed}; {copied.words} words, {copied.share:.1%} of the 8-word spans stand in the training "
        f"text, the longest has {copied.longest} words: {copied.passage}"
    )
