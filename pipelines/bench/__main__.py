"""Measures the parts that are asked for and puts their tables into BENCHMARKS.md; other parts stay as they are."""

import argparse
import platform
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from pipelines.bench import flow, latency, loop, serving, verbs
from pipelines.bench.figure import Figure, keep, table
from pipelines.platform.state import State

Options = argparse.Namespace


@dataclass(frozen=True)
class Part:
    """A part: what measures it in an empty folder, the options that it cannot do without, and others it is told by."""

    measure: Callable[[Options, Path], Iterator[Figure]]
    needs: tuple[str, ...] = ()
    told_by: tuple[str, ...] = ()


_PARTS = {
    "flow": Part(lambda o, folder: flow.measure(o.events, folder), told_by=("events",)),
    "latency": Part(lambda o, folder: latency.measure(o.rate, o.seconds, folder), told_by=("rate", "seconds")),
    "growth": Part(lambda _, folder: loop.growth(folder)),
    "fresh": Part(lambda _, folder: loop.fresh(folder)),
    "real": Part(lambda o, folder: loop.real(o.data, folder), ("data",)),
    "serving": Part(lambda o, _: serving.measure(State.at(o.state)), ("state",)),
    "verbs": Part(lambda o, _: verbs.measure(State.at(o.state)), ("state",)),
}


def main() -> None:
    """Measure and write BENCHMARKS.md."""
    options = _options()
    for name in options.parts or [name for name in _PARTS if not _missing(name, options)]:
        with tempfile.TemporaryDirectory() as folder:
            figures = []
            for figure in _PARTS[name].measure(options, Path(folder)):
                print(figure.row(), flush=True)
                figures.append(figure)
        keep(options.out, name, f"{_made_by(name, options)}\n\n{table(figures)}\n")


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure speed and memory.")
    parser.add_argument("parts", nargs="*", choices=(*_PARTS, []), help="default: all whose options are given")
    parser.add_argument("--events", type=int, default=1_000_000, help="how many events flow")
    parser.add_argument("--rate", type=int, default=200, help="events a second, for latency")
    parser.add_argument("--seconds", type=int, default=120, help="how long they flow, for latency")
    parser.add_argument("--data", type=Path, action="append", default=[], help="a folder of real data; repeatable")
    parser.add_argument("--state", type=Path, help="the state folder of a finished run, for serving and verbs")
    parser.add_argument("--out", type=Path, default=Path("BENCHMARKS.md"), help="where to write the tables")
    options = parser.parse_args()
    for name in options.parts:
        if missing := _missing(name, options):
            parser.error(f"the part {name} needs {' and '.join(f'--{each} DIR' for each in missing)}")
    return options


def _missing(name: str, options: Options) -> list[str]:
    """The options that a part needs and was not given."""
    return [each for each in _PARTS[name].needs if not getattr(options, each)]


def _made_by(name: str, options: Options) -> str:
    part = _PARTS[name]
    given = "".join(_written(each, getattr(options, each)) for each in (*part.needs, *part.told_by))
    machine = f"{psutil.cpu_count()} shared cores ({platform.machine()}), Python {platform.python_version()}"
    return f'`make bench ARGS="{name}{given}"`, {machine}'


def _written(option: str, value: Any) -> str:
    """An option as it was given; of a folder its name alone: where that lies on this machine is nobody's business."""
    if option == "data":
        return "".join(f" --data {folder.name}" for folder in value)
    return f" --{option} {value.name if isinstance(value, Path) else value}"


if __name__ == "__main__":
    main()
