"""The end of a cycle: its numbers into `metrics/cycles`, its report onto a page."""

import json
from pathlib import Path

from jobs import local_frame
from pipelines.cycle import retention
from pipelines.platform.context import Context
from pipelines.platform.ledger import Record
from pipelines.report import collect

TABLE = "metrics/cycles"


def close(context: Context, number: int) -> Record:
    """Write the cycle's row to `metrics/cycles` and mark the cycle as done; a repeated cycle replaces its row."""
    record = {**context.ledger.read(number), "closed": True}
    rows = [(number, record.get("as_of"), json.dumps(record, sort_keys=True))]
    frame = local_frame.of_rows(context.spark, rows, "cycle int, as_of bigint, record string")
    writer = frame.write.format("delta").mode("overwrite")
    if context.lake.exists(context.spark, TABLE):
        writer = writer.option("replaceWhere", f"cycle = {number}")
    writer.save(context.lake.path(TABLE))
    context.ledger.close(number)
    retention.prune_models(context, number)
    return record


def report(context: Context) -> Path:
    """Write the report's page from what the ledger and the lake say now; return its path."""
    return collect.write(context)


def overview(context: Context) -> bytes:
    """Draw the report's overview as a PNG: click-through, regret and quality by cycle; writes nothing."""
    from pipelines.report.contract import read_report
    from pipelines.report.figures.overview import save_overview_png

    path = context.state.report / "overview.png"
    save_overview_png(read_report(context.state.report / "report.json"), path)
    return path.read_bytes()
