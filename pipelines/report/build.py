"""Writes the report: the same inputs give the same bytes, and a reader never sees half a file."""

from pathlib import Path

from pipelines.report.inputs import ReportInputs
from pipelines.report.page import SCREENPLAY, render_page
from pipelines.scripts.files import export
from streaming.atomic_files import write_whole


def build_report(inputs: ReportInputs, folder: Path) -> Path:
    """Write `report.json` and `index.html` into `folder` (made if need be), each at once; the page's path.

    Beside them stands the screenplay, where there is one.

    Raises:
        pydantic.ValidationError: a cycle is there twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = render_page(inputs)
    if inputs.screenplay:
        export(inputs.screenplay.text, folder / SCREENPLAY)
    write_whole(folder / "report.json", inputs.report.to_json().encode())
    return write_whole(folder / "index.html", page.encode())
