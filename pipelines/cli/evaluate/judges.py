"""`cineloop evaluate judges`: how well scripts are judged, on real reviews and films."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.options import DEFAULT_STATE, JsonOption, StateOption
from pipelines.cli.output.tables import show_findings, show_json
from pipelines.platform.state import State

if TYPE_CHECKING:
    from pipelines.cli.output.bars import EpochBars


def judges(
    content: Annotated[Path | None, typer.Option("--content", help="A folder with rt-polarity: sentiment.")] = None,
    holdout: Annotated[Path | None, typer.Option("--holdout", help="Other reviews, asked once at the end.")] = None,
    boxoffice: Annotated[Path | None, typer.Option("--boxoffice", help="A folder with films.parquet: appeal.")] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Let the sentiment model serve in the state folder, if the gate lets it pass."),
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of folds and training.")] = 0,
    state: StateOption = DEFAULT_STATE,
    as_json: JsonOption = False,
) -> None:
    """Measure sentiment in ten folds of reviews, and appeal on films of years that were not learned."""
    from pipelines.cli.output.bars import EpochBars
    from pipelines.scripts.evaluate.appeal import evaluate_appeal, read_rated

    if content is None and boxoffice is None:
        raise typer.BadParameter("name a folder with --content, or with --boxoffice, or both")
    rows: dict[str, list[Any]] = {}
    with EpochBars() as bars:
        if content is not None:
            rows["sentiment"] = _sentiment(content, holdout, bars, seed, state if keep else None)
        if boxoffice is not None:
            rows["appeal"] = evaluate_appeal(read_rated(boxoffice / "films.parquet"), bars.began, seed)
    if as_json:
        show_json(rows)
        return
    for what, found in rows.items():
        show_findings(found, as_json, f"{what}; 95 % intervals")


def _sentiment(content: Path, holdout: Path | None, bars: "EpochBars", seed: int, state: Path | None) -> list[Any]:
    from pipelines.scripts.evaluate.sentiment import REVIEWS, evaluate_sentiment, keep, read_sentences

    apart = read_sentences(holdout) if holdout else None
    rows, model, tried = evaluate_sentiment(read_sentences(content / REVIEWS), apart, bars.began, seed=seed)
    if state is not None:
        version, verdict = keep(State.at(state), model, rows, tried, apart)
        typer.echo(f"{version.name} {'serves' if verdict.promoted else 'does not serve'}: {verdict.reason}", err=True)
    return list(rows)
