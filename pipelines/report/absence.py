"""Why a part of the report is empty: one sentence each."""

from collections.abc import Callable

from pipelines.report.contract import Report
from pipelines.report.figures import charts

_NO_CYCLE = "No cycle has finished yet: `cineloop run --once` makes the first."
_NO_VIEWING = "No viewing events have arrived, so there was nothing to learn from."
_NO_BOXOFFICE = "No box office has arrived, so there was nothing to forecast from."
_NO_REGRET = "No simulator: real data has no hidden truth, so regret is not known."
_NO_TRUTH = "No simulator: real data has no hidden truth, so what people feel is only what they say."
_REPLAYED = (
    "No simulator: replayed viewers never saw these slates, so there is no click-through; "
    "the hit rate says how often the slates held what they chose."
)


def why_empty(chart: charts.Chart, report: Report) -> str:
    """Why a chart has nothing to show."""
    return _WHY[chart.name](report) if report.cycles else _NO_CYCLE


def _no_click_through(report: Report) -> str:
    if charts.HIT_RATE.is_empty(report.cycles):
        return "No slate has been answered yet, so there is no click-through."
    return _REPLAYED


def _no_recommender(report: Report) -> str:
    if not report.data.silver.viewing:
        return _NO_VIEWING
    return "No recommender has come to the gate yet: there is too little viewing to learn from."


def _no_forecaster(report: Report) -> str:
    if not report.data.silver.boxoffice:
        return _NO_BOXOFFICE
    return "No forecaster has come to the gate yet: the box-office runs are too short to learn from."


def no_market(report: Report) -> str:
    """Why no day of the market stands against its forecast."""
    if not report.data.silver.boxoffice:
        return _NO_BOXOFFICE
    made = [cycle.market for cycle in report.cycles if cycle.market]
    if made and not any(each.version for each in made):
        return f"The market was not forecast: {made[-1].reason}."
    return "No day of the market has met its forecast yet: these days are still to come."


def no_scripts(report: Report) -> str:
    """Why nobody has read a draft."""
    told = [cycle.scripts for cycle in report.cycles if cycle.scripts]
    if told and told[-1].reason:
        return f"Nothing was drafted: {told[-1].reason}."
    return "No draft has been read yet." if any(each.drafts for each in told) else _NO_VIEWING


_WHY: dict[str, Callable[[Report], str]] = {
    charts.CLICK_THROUGH.name: _no_click_through,
    charts.HIT_RATE.name: _no_click_through,
    charts.REGRET.name: lambda report: _NO_REGRET,
    charts.RANKING.name: _no_recommender,
    charts.CATALOGUE_COVERAGE.name: _no_recommender,
    charts.FORECAST_ERROR.name: _no_forecaster,
    charts.FORECAST_COVERAGE.name: _no_forecaster,
    charts.MARKET_ERROR.name: no_market,
    charts.MARKET_COVERAGE.name: no_market,
    charts.SCRIPT_STARS.name: no_scripts,
    charts.SCRIPT_LIKING.name: lambda report: _NO_TRUTH,
}


def no_bands(report: Report) -> str:
    """Why no forecast stands against an actual."""
    if not report.data.silver.boxoffice:
        return _NO_BOXOFFICE
    return "No forecast day has met its actual yet: these days are still to come."


def no_history(report: Report) -> str:
    """Why there is no back-test."""
    if not report.data.silver.boxoffice:
        return _NO_BOXOFFICE
    return "Nobody has asked yet: `cineloop backtest --from 2019-01-01` forecasts from every week since."


def no_outlooks(report: Report) -> str:
    """Why no film was forecast before it opened."""
    if not report.data.silver.boxoffice:
        return _NO_BOXOFFICE
    reasons = [asked.reason for cycle in report.cycles for asked in cycle.outlooks if asked.version is None]
    return f"No film was forecast before it opened: {reasons[-1] if reasons else 'none is announced'}."


def no_campaigns(report: Report) -> str:
    """Why no trailer was shown."""
    if not report.data.silver.viewing:
        return _NO_VIEWING
    return "No film opens soon enough for a campaign: announced films with a date make one."


def no_cycle(report: Report) -> str:
    """Why there is nothing by cycle."""
    return "No stage of a cycle was timed." if report.cycles else _NO_CYCLE
