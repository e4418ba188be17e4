"""Which model versions are kept: those by which a recent decision is explained, beside what the registry keeps."""

import pyarrow.compute as pc

from jobs import decisions
from pipelines.lake import delta
from pipelines.platform import settings
from pipelines.platform.context import Context
from pipelines.platform.model_registry import FAMILIES

_BY_MODEL = (
    *(decisions.RECOMMENDATIONS, decisions.SERVED, decisions.FORECASTS, decisions.OUTLOOKS),
    *(decisions.MARKET, decisions.CAMPAIGNS),
)
_NAMING = {**{table: ["model_version"] for table in _BY_MODEL}, decisions.DRAFTS: ["model_version", "judge_version"]}


def prune(context: Context, number: int) -> list[str]:
    """Delete the model versions that no cycle needs any more, and tell their names.

    Where no family has more versions than are kept in any case, no decision is looked at.
    """
    last = settings.kept_versions()
    if all(len(context.registry.versions(family)) <= last for family in FAMILIES):
        return []
    return context.registry.prune(_named(context, number - settings.kept_cycles()), last)


def _named(context: Context, since: int) -> set[str]:
    """The versions that decisions of the cycles after `since` name."""
    found: set[str] = set()
    for table, columns in _NAMING.items():
        rows = delta.read(context.state.lake, table, columns, pc.field("cycle") > since)
        for column in columns if rows is not None else ():
            found |= set(rows[column].dropna().unique())  # type: ignore[index]
    return found
