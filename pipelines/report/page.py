"""Renders and writes the page: one HTML text that needs nothing but itself."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pipelines.report.absence import why_empty
from pipelines.report.contract import DataCounts, Report
from pipelines.report.figures import charts, history, notation, outlooks, palette
from pipelines.report.figures.bands import FilmBand, band_svg, bands_of
from pipelines.report.figures.lines import line_svg
from pipelines.report.gate import decisions_of
from pipelines.report.headline import tiles_of, verdict
from pipelines.report.inputs import QuarantineReason, ReportInputs
from pipelines.scripts.files import export
from pipelines.segments.answer import SegmentsAnswer, tastes_and_trends
from streaming.atomic_files import write_whole

SCREENPLAY = "script.html"  # beside the page
_GENRE = "genre"  # of the facets of films, the one that the page tells of
_NEWEST = 12  # cycles, of which the seconds by stage are shown
_NAMED = 12  # reasons; an unknown type is a reason of its own, and there may be any number
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Plot:
    """A chart for the page: its drawing, or the sentence that says why there is none."""

    chart: charts.Chart
    svg: Markup | None
    absence: str


def render_page(inputs: ReportInputs) -> str:
    """The text of `index.html`."""
    return _environment().get_template("page.html.jinja").render(_context(inputs))


def build_report(inputs: ReportInputs, folder: Path) -> Path:
    """Write `report.json` and `index.html` into `folder` (made if need be), each at once; the page's path.

    Beside them stands the screenplay, where there is one. The same inputs give the same bytes.

    Raises:
        pydantic.ValidationError: a cycle is there twice.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page = render_page(inputs)
    if inputs.screenplay:
        export(inputs.screenplay.text, folder / SCREENPLAY)
    write_whole(folder / "report.json", inputs.report.to_json().encode())
    return write_whole(folder / "index.html", page.encode())


def number(value: float | None, kind: str) -> Markup:
    """A number for people, with the exact one for programs (`<data value>`); a dash where it is null."""
    if value is None:
        return Markup('<span class="null" title="does not apply">{}</span>').format(notation.DASH)
    return Markup('<data value="{}">{}</data>').format(json.dumps(value), notation.KINDS[kind](value))


def prose(text: str) -> Markup:
    """A sentence, with what stands in backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipelines.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = number
    environment.filters["prose"] = prose
    environment.filters["dollars"] = notation.dollars
    return environment


def _context(inputs: ReportInputs) -> dict[str, Any]:
    report = inputs.report
    tiles = tiles_of(report)
    return {
        "report": report,
        "inputs": inputs,
        "light": palette.LIGHT,
        "dark": palette.DARK,
        "names": palette.NAMES,
        "tiles": tiles,
        "verdict": verdict(tiles),
        "audience": charts.audience_chart(report.cycles).name,
        "plots": {chart.name: _plot(chart, report) for chart in charts.CHARTS},
        "bands": _bands(inputs.forecasts, inputs.actuals, "film"),
        "history": _history(inputs),
        **_outlooks(inputs),
        "segments": _segments(inputs),
        "market_bands": _bands(inputs.market, inputs.market_actuals, "market"),
        "screenplay_page": SCREENPLAY,
        "why_empty": partial(why_empty, report=report),
        "decisions": decisions_of(report),
        **_stages(report),
        **_quality(inputs, report),
    }


def _plot(chart: charts.Chart, report: Report) -> Plot:
    svg = None if chart.is_empty(report.cycles) else Markup(line_svg(chart, report.cycles))
    return Plot(chart, svg, why_empty(chart.name, report))


def _bands(made: pd.DataFrame | None, came: pd.DataFrame | None, kind: str) -> list[tuple[FilmBand, Markup]]:
    bands = bands_of(made, came)
    return [(band, Markup(band_svg(band, f"{kind}-{index}"))) for index, band in enumerate(bands)]


def _history(inputs: ReportInputs) -> dict[str, Any] | None:
    if inputs.history is None or inputs.history.empty:
        return None
    weeks = inputs.history.sort_values("week")
    usual = weeks[["wape", "baseline_wape", "cover80"]].median()
    return {
        "first": str(weeks["week"].iloc[0])[:10],
        "last": str(weeks["week"].iloc[-1])[:10],
        "weeks": len(weeks),
        **{str(name): float(value) for name, value in usual.items()},
        "error": Markup(history.error_svg(weeks)),
        "coverage": Markup(history.coverage_svg(weeks)),
    }


def _outlooks(inputs: ReportInputs) -> dict[str, Any]:
    films = outlooks.film_outlooks(inputs.outlooks)
    svgs = [
        (film, Markup(outlooks.outlook_svg(film, f"outlook-{index}")))
        for index, film in enumerate(outlooks.drawn(films))
    ]
    return {"outlooks": films, "drawn_outlooks": svgs}


def _segments(inputs: ReportInputs) -> SegmentsAnswer | None:
    """The newest period of which a genre is published: of some, few viewers stand behind each."""
    published = inputs.segments
    if published is None:
        return None
    of_genres = published.loc[published["facet"] == _GENRE, "period"]
    known = published[published["period"].isin(of_genres)]
    return None if known.empty else tastes_and_trends(known, facet=_GENRE)


def _stages(report: Report) -> dict[str, Any]:
    """The newest cycles of which a stage was timed; stages and rooms in the order in which they were first met."""
    timed = [cycle for cycle in report.cycles if cycle.seconds][-_NEWEST:]
    return {
        "timed": timed,
        "stage_names": list(dict.fromkeys(name for cycle in timed for name in cycle.seconds)),
        "rooms": sorted({room for cycle in timed for room in cycle.disk}),
    }


def _quality(inputs: ReportInputs, report: Report) -> dict[str, Any]:
    checks = sorted(inputs.checks or (), key=lambda check: check.passed)
    # The quarantine itself is asked first; what the cycles say of it stands in where it was not asked.
    refused = sum(cycle.quarantined or 0 for cycle in report.cycles)
    if inputs.quarantine is not None:
        refused = sum(reason.rows for reason in inputs.quarantine)
    return {
        "checks": checks,
        "failed": [check for check in checks if not check.passed],
        "account": _account(report.data, refused),
        "quarantined": refused,
        "reasons": _largest(inputs.quarantine or ()),
        "aside": [(cycle.cycle, stage) for cycle in report.cycles for stage in cycle.set_aside],
    }


def _account(data: DataCounts, refused: int) -> dict[str, int] | None:
    """Is every row accounted for? bronze = silver + duplicates + quarantined; None where bronze was not counted.

    `missing` are rows of bronze that nobody accounts for; below 0 where some are counted twice.
    """
    if data.bronze is None:
        return None
    terms = {"silver": sum(rows or 0 for _, rows in data.silver), "duplicates": data.duplicates or 0}
    terms |= {"quarantined": refused}
    return {"bronze": data.bronze, **terms, "missing": data.bronze - sum(terms.values())}


def _largest(quarantine: Sequence[QuarantineReason]) -> list[QuarantineReason]:
    """The reasons with most rows first; the rarest ones as one."""
    ranked = sorted(quarantine, key=lambda reason: (-reason.rows, reason.reason))
    rest = ranked[_NAMED:]
    others = QuarantineReason(f"{len(rest)} other reasons", sum(reason.rows for reason in rest))
    return [*ranked[:_NAMED], *([others] if rest else [])]
