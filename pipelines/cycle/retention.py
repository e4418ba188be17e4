"""What a state folder keeps: few files a table, the table and model versions of recent cycles, logs of a bounded size.

Tables are written by Spark and tidied here without it, at a moment of the cycle in which nothing writes. Versions are
kept by cycles, not by hours, for a cycle takes a minute here and a day elsewhere.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pyarrow.compute as pc

from jobs import decisions
from pipelines.lake import delta
from pipelines.platform import settings
from pipelines.platform.context import Context
from pipelines.platform.ledger import Ledger, Record
from pipelines.platform.model_registry import FAMILIES
from pipelines.platform.state import State

_FEW = 16  # files of a table, below which to join them saves nobody time
_WHOLE = 8 * 2**20  # bytes, from which a file is left as it is: what is joined takes some ten times as much in memory
_LOST_H = 7 * 24  # a file that no commit names may be under way; hours after which nobody will commit it
_LONG_LOG = 8 * 2**20  # bytes
_BY_MODEL = (
    *(decisions.RECOMMENDATIONS, decisions.SERVED, decisions.FORECASTS, decisions.OUTLOOKS),
    *(decisions.MARKET, decisions.CAMPAIGNS),
)
_NAMING = {**{table: ["model_version"] for table in _BY_MODEL}, decisions.DRAFTS: ["model_version", "judge_version"]}


def due(number: int) -> bool:
    """Whether the state folder is tidied in this cycle."""
    return number % settings.tidy_every() == 0


def upkeep(context: Context, number: int) -> dict[str, int]:
    """Tidy the state folder if that is due; note and return the bytes on disk of each of its folders."""
    if due(number):
        tidy(context.state)
    disk = used(context.state)
    context.ledger.note(number, disk=disk)
    return disk


def tidy(state: State) -> None:
    """Merge the tables' small files, delete those that no kept version needs, and cut logs that have grown long."""
    kept = _noted_versions(Ledger(state.cycles).records()[-settings.kept_cycles() :])
    for log in sorted(state.lake.glob("*/*/_delta_log")):
        _tidy_table(log.parent, kept[str(log.parent.relative_to(state.lake))])
    for text in (state.root / "logs").glob("*.log"):
        _rotate_log(text)


def used(state: State) -> dict[str, int]:
    """Measure on disk: folder of the state folder → bytes that its files take, in whole blocks."""
    rooms = sorted(entry for entry in state.root.iterdir() if entry.is_dir())
    return {room.name: sum(map(_bytes_on_disk, room.rglob("*"))) for room in rooms}


def prune_models(context: Context, number: int) -> list[str]:
    """Delete the model versions that nothing needs any more, and return their names.

    Kept are those that a decision of a recent cycle names, beside what the registry keeps in any case. Where no family
    has more versions than that, no decision is looked at.
    """
    last = settings.kept_versions()
    if all(len(context.registry.versions(family)) <= last for family in FAMILIES):
        return []
    return context.registry.prune(_models_named_since(context, number - settings.kept_cycles()), last)


def _models_named_since(context: Context, since: int) -> set[str]:
    """The model versions that decisions of the cycles after `since` name, from the lake."""
    found: set[str] = set()
    for table, columns in _NAMING.items():
        rows = delta.read(context.state.lake, table, columns, pc.field("cycle") > since)
        for column in columns if rows is not None else ():
            found |= set(rows[column].dropna().unique())  # type: ignore[index]
    return found


def _tidy_table(table: Path, versions: Iterable[int]) -> None:
    """Merge small files of a table and delete those that none of these versions needs."""
    from deltalake import DeltaTable

    opened = DeltaTable(table)
    needed = {*versions, opened.version()}  # who opened the table just now reads it to the end
    if len(opened.file_uris()) >= _FEW:
        opened.optimize.compact(target_size=_WHOLE, max_concurrent_tasks=1)
    needed.add(opened.version())
    # Delta's own deletion would leave the checksums that Hadoop puts beside files, and would write two commits, after
    # which Spark has to read the whole log anew.
    unneeded = partial(opened.vacuum, dry_run=True, enforce_retention_duration=False, keep_versions=sorted(needed))
    for name in {*unneeded(retention_hours=0), *unneeded(retention_hours=_LOST_H, full=True)}:
        (table / name).unlink(missing_ok=True)
        (table / name).with_name(f".{Path(name).name}.crc").unlink(missing_ok=True)


def _noted_versions(records: list[Record]) -> defaultdict[str, set[int]]:
    """Table → the versions that these cycles noted."""
    noted: defaultdict[str, set[int]] = defaultdict(set)
    for record in records:
        for room in ("silver", "features"):
            for name, version in record.get(room, {}).items():
                noted[f"{room}/{name}"].add(version)
    return noted


def _rotate_log(log: Path) -> None:
    """Copy a long log to `.1` and empty it in its place: whoever writes it holds it open, at its end."""
    if log.stat().st_size > _LONG_LOG:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def _bytes_on_disk(path: Path) -> int:
    try:
        found = path.lstat()
    except FileNotFoundError:  # the broker rolls its files meanwhile
        return 0
    return found.st_blocks * 512
