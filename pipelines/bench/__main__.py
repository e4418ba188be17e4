"""Measures the parts that are asked for and puts their tables into BENCHMARKS.md; other parts stay as they are."""

import argparse
import platform
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from pipelines.bench import flow, judging, latency, loop, regret, scripts, serving
from pipelines.bench.figure import Figure, table
from pipelines.bench.sections import keep
from pipelines.platform.state import State

_PARTS = ("flow", "latency", "growth", "fresh", "regret")
_OF_DATA = ("real", "serving", "scripts", "judges", "drafts")


def main() -> None:
    """Measure and write BENCHMARKS.md."""
    options = _options()
    for part in options.parts or _all(options):
        with tempfile.TemporaryDirectory() as folder:
            figures = []
            for figure in _measure(part, options)(Path(folder)):
                print(figure.row(), flush=True)
                figures.append(figure)
        keep(options.out, part, f"{_made_by(part, options)}\n\n{table(figures)}\n")


def _all(options: argparse.Namespace) -> list[str]:
    """The parts that can be measured with what was given."""
    texts = options.content and options.boxoffice
    given = {
        "real": options.data,
        "serving": options.state,
        "scripts": texts,
        "judges": texts,
        "drafts": options.audience,
    }
    return [*_PARTS, *(part for part, given_to in given.items() if given_to)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure speed and memory.")
    parser.add_argument("parts", nargs="*", choices=(*_PARTS, *_OF_DATA, []), help="which parts (default: all)")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events flow")
    parser.add_argument("--rate", type=int, default=200, help="events a second, for latency")
    parser.add_argument("--seconds", type=int, default=120, help="how long they flow, for latency")
    parser.add_argument("--cycles", type=int, default=8, help="how many cycles a loop turns, for regret")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of the audiences, for regret")
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder of real data; repeatable")
    parser.add_argument("--state", type=Path, help="a state folder that has turned, for serving")
    parser.add_argument("--audience", type=Path, help="a state folder where the simulated audience lives, for drafts")
    parser.add_argument("--content", type=Path, help="a folder with plays and reviews: scripts, judges")
    parser.add_argument("--boxoffice", type=Path, help="a folder with films.parquet: scripts, judges")
    parser.add_argument("--checkpoints", type=Path, help="where scripts keeps its trainings")
    parser.add_argument("--out", type=Path, default=Path("BENCHMARKS.md"), help="where to write the tables")
    options = parser.parse_args()
    if "real" in options.parts and not options.data:
        parser.error("the part real needs --data DIR, as cineloop run does")
    if "serving" in options.parts and not options.state:
        parser.error("the part serving needs --state DIR, of a loop that has turned")
    if "drafts" in options.parts and not options.audience:
        parser.error("the part drafts needs --audience DIR, of `CINELOOP_PERIOD=week cineloop run --once`")
    if {"scripts", "judges"} & {*options.parts} and not (options.content and options.boxoffice):
        parser.error("scripts and judges need --content DIR and --boxoffice DIR, as cineloop evaluate scripts does")
    return options


def _measure(part: str, options: argparse.Namespace) -> Callable[[Path], Iterator[Figure]]:
    return {
        "flow": lambda folder: flow.measure(options.events, folder),
        "latency": lambda folder: latency.measure(options.rate, options.seconds, folder),
        "growth": loop.growth,
        "fresh": loop.fresh,
        "regret": lambda folder: regret.measure(options.cycles, options.seeds, folder),
        "real": lambda folder: loop.real(options.data, folder),
        "serving": lambda _: serving.measure(State.at(options.state)),
        "scripts": lambda folder: scripts.measure(options.content, options.boxoffice, options.checkpoints, folder),
        "judges": lambda _: judging.judges(options.content, options.boxoffice),
        "drafts": lambda _: judging.drafts(State.at(options.audience)),
    }[part]


def _made_by(part: str, options: argparse.Namespace) -> str:
    own = {
        "flow": f" --events {options.events}",
        "latency": f" --rate {options.rate} --seconds {options.seconds}",
        "regret": f" --cycles {options.cycles} --seeds {' '.join(map(str, options.seeds))}",
        "real": "".join(f" --data {folder.name}" for folder in options.data),
        "serving": _named("state", options),
        "drafts": _named("audience", options),
        **dict.fromkeys(("scripts", "judges"), _named("content", options) + _named("boxoffice", options)),
    }.get(part, "")
    machine = f"{psutil.cpu_count()} shared cores ({platform.machine()}), Python {platform.python_version()}"
    return f'`make bench ARGS="{part}{own}"`, {machine}'


def _named(option: str, options: argparse.Namespace) -> str:
    """An option with its folder's name: where that lies on this machine is nobody's business."""
    given: Path | None = getattr(options, option)
    return f" --{option} {given.name}" if given else ""


if __name__ == "__main__":
    main()
