"""Writes the report: the same inputs give the same bytes, and a reader never sees half a file."""

import os
from pathlib import Path

from pipelines.report.inputs import ReportInputs
from pipelines.report.page import render_page


def build_report(inputs: ReportInputs, folder: Path) -> Path:
    """Write `report.json` and `index.html` into `folder` (made if need be), each at once; the page's path.

    Raises:
        pydantic.ValidationError: a cycle is there twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = render_page(inputs)
    _replace(folder / "report.json", inputs.report.to_json())
    return _replace(folder / "index.html", page)


def _replace(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
