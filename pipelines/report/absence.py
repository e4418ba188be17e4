"""Why a part of the report is empty: one sentence each."""

from collections.abc import Callable

from pipelines.report.contract import Report
from pipelines.report.figures import charts

_NO_CYCLE = "No cycle has finished yet: `cineloop run --once` makes the first."
_NO_VIEWING = "No viewing events have arrived, so there was nothing to learn from."
_NO_BOXOFFICE = "No box office has arrived, so there was nothing to forecast from."
_NO_REGRET = "No simulator: real data has no hidden truth, so regret is not known."
_NO_TRUTH = "No simulator: real data has no hidden truth, so what people feel is only what they say."
_NOT_ANSWERED = "No slate has been answered yet, so there is no click-through."
_REPLAYED = (
    "No simulator: replayed viewers never saw these slates, so there is no click-through; "
    "the hit rate says how often the slates held what they chose."
)
_NO_RECOMMENDER = "No recommender has come to the gate yet: there is too little viewing to learn from."
_NO_FORECASTER = "No forecaster has come to the gate yet: the box-office runs are too short to learn from."
_NO_BANDS = "No forecast day has met its actual yet: these days are still to come."
_NO_HISTORY = "Nobody has asked yet: `cineloop backtest --from 2019-01-01` forecasts from every week since."
_NO_CAMPAIGNS = "No film opens soon enough for a campaign: announced films with a date make one."
_NOT_TIMED = "No stage of a cycle was timed."


def why_empty(name: str, report: Report) -> str:
    """Why a chart, or another part of the page, has nothing to show."""
    return _NO_CYCLE if name in _CHARTS and not report.cycles else _WHY[name](report)


def _without_viewing(sentence: str) -> Callable[[Report], str]:
    return lambda report: sentence if report.data.silver.viewing else _NO_VIEWING


def _without_boxoffice(sentence: str) -> Callable[[Report], str]:
    return lambda report: sentence if report.data.silver.boxoffice else _NO_BOXOFFICE


def _no_click_through(report: Report) -> str:
    return _NOT_ANSWERED if charts.HIT_RATE.is_empty(report.cycles) else _REPLAYED


def _no_market(report: Report) -> str:
    made = [cycle.market for cycle in report.cycles if cycle.market]
    if report.data.silver.boxoffice and made and not any(each.version for each in made):
        return f"The market was not forecast: {made[-1].reason}."
    return _without_boxoffice("No day of the market has met its forecast yet: these days are still to come.")(report)


def _no_scripts(report: Report) -> str:
    told = [cycle.scripts for cycle in report.cycles if cycle.scripts]
    if told and told[-1].reason:
        return f"Nothing was drafted: {told[-1].reason}."
    return "No draft has been read yet." if any(each.drafts for each in told) else _NO_VIEWING


def _no_outlooks(report: Report) -> str:
    reasons = [asked.reason for cycle in report.cycles for asked in cycle.outlooks if asked.version is None]
    why = reasons[-1] if reasons else "none is announced"
    return _without_boxoffice(f"No film was forecast before it opened: {why}.")(report)


_CHARTS: dict[str, Callable[[Report], str]] = {
    charts.CLICK_THROUGH.name: _no_click_through,
    charts.HIT_RATE.name: _no_click_through,
    charts.REGRET.name: lambda report: _NO_REGRET,
    charts.RANKING.name: _without_viewing(_NO_RECOMMENDER),
    charts.CATALOGUE_COVERAGE.name: _without_viewing(_NO_RECOMMENDER),
    charts.FORECAST_ERROR.name: _without_boxoffice(_NO_FORECASTER),
    charts.FORECAST_COVERAGE.name: _without_boxoffice(_NO_FORECASTER),
    charts.MARKET_ERROR.name: _no_market,
    charts.MARKET_COVERAGE.name: _no_market,
    charts.SCRIPT_STARS.name: _no_scripts,
    charts.SCRIPT_LIKING.name: lambda report: _NO_TRUTH,
}
_WHY = _CHARTS | {
    "bands": _without_boxoffice(_NO_BANDS),
    "history": _without_boxoffice(_NO_HISTORY),
    "outlooks": _no_outlooks,
    "market": _no_market,
    "scripts": _no_scripts,
    "campaigns": _without_viewing(_NO_CAMPAIGNS),
    "stages": lambda report: _NOT_TIMED if report.cycles else _NO_CYCLE,
}
