"""`cineloop script improve`: edits that should please a segment more, within what the writer allows."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show, show_json
from pipelines.platform.context import Context
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.scripts.improving.scene_writer import Write
    from pipelines.scripts.improving.search import Improved


def improve(
    file: Annotated[Path, typer.Argument(help="A script in Fountain.")],
    segment: Annotated[str, typer.Option("--for", help="The segment whose liking is to rise.")],
    within: Annotated[float, typer.Option("--within", min=0, max=1, help="The share of words that may change.")] = 0.3,
    accept: Annotated[str | None, typer.Option("--accept", help="Ids joined by commas.", show_default="all")] = None,
    examples: Annotated[
        list[Path] | None, typer.Option("--scenes", help="Take new scenes from these scripts instead of drafting them.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the edited script goes.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Random seed.")] = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Propose edits, apply those accepted, and show what changed and what each segment gains by it, or loses."""
    from pipelines.scripts.brief import segment_headers
    from pipelines.scripts.files import prepared_output, read_script
    from pipelines.scripts.improving import search as improving
    from pipelines.scripts.improving.scene_writer import borrowing, scenes_of
    from pipelines.scripts.judging.answer import serving_judges
    from pipelines.scripts.segment_names import segment_named
    from streaming.atomic_files import write_whole

    if out:
        prepared_output(out)
    script = read_script(file)
    at = State.at(state)
    write = borrowing(scenes_of([read_script(path) for path in examples])) if examples else _drafting(at)
    judges = serving_judges(Context(at)).judges
    wanted = segment_named(segment, judges.first.segments)
    headers = segment_headers(at.lake, wanted)
    done = improving.improve(script, wanted, judges.first, judges.second, write, within, seed, headers)
    if accept is not None:
        ids = [each.strip() for each in accept.split(",") if each.strip()]
        done = improving.accept(done, ids, judges.first, judges.second, within)
    if out:
        write_whole(out, done.script.fountain.encode())
    if as_json:
        show_json({**_plain(done), "out": out and str(out)})
        return
    _show(done)
    if out:
        typer.echo(f"written to {out}")


def _drafting(state: "State") -> "Write":
    """The writer that was trained; without one there are no new scenes, and it is said."""
    from pipelines.platform.errors import NothingServes
    from pipelines.platform.settings import script_model
    from pipelines.scripts.improving.scene_writer import borrowing, drafting
    from pipelines.scripts.writing.train import open_writer

    try:
        return drafting(open_writer(state, script_model()))
    except NothingServes as error:
        typer.echo(f"no scene is written anew: {error}", err=True)
        return borrowing(())


def _plain(done: "Improved") -> dict[str, Any]:
    edits = [{**asdict(each), "edit": each.edit.kind} for each in done.proposals]
    return {"segment": done.segment, "edits": edits, "changed": done.changed, "gains": done.gains, "diff": done.diff}


def _show(done: "Improved") -> None:
    if not done.proposals:
        typer.echo(f"no edit is surely better for {done.segment} by both judges: allow larger ones with --within")
        return
    names = ("id", "edit", "gain", "80 % from", "to", "second judge", "words changed")
    rows = [[e.id, e.told, e.gain, e.low, e.high, e.second, e.changed] for e in done.proposals]
    show(f"edits for {done.segment}, one after another", names, rows)
    typer.echo(done.diff)
    names = ("segment", "gain", "80 % from", "to", "second judge", "80 % from", "to")
    rows = [list(row.values()) for row in done.gains]
    show(f"all together, {done.changed:.0%} of the words changed: log of times as much as before", names, rows)
