"""Forecasts with their bands against what films took: which films, which days, and the drawing of one."""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipelines.report.figures.drawing import canvas, caption, style, to_svg
from pipelines.report.figures.notation import dollars
from pipelines.report.figures.palette import BLUE, INK

_FILMS = 6
_WINDOW = timedelta(days=84)  # of forecast days; a re-release would stretch the axis over years
_BEFORE = timedelta(days=14)  # of actuals ahead of the first forecast day


@dataclass(frozen=True)
class FilmBand:
    """One film: `forecast` (cycle, date, q10, q50, q90), `actual` (date, gross), and the days they share."""

    film_id: str
    title: str
    forecast: pd.DataFrame
    actual: pd.DataFrame
    met: int  # days with both
    inside: int  # days with the actual inside the interval


def bands_of(forecasts: pd.DataFrame | None, actuals: pd.DataFrame | None) -> list[FilmBand]:
    """The six films with the largest gross on days that were forecast.

    Each day is shown with the newest forecast that was made of it: what the loop held true when the day came.
    """
    if forecasts is None or actuals is None or forecasts.empty or actuals.empty:
        return []
    newest, daily = _newest(forecasts), _daily(actuals)
    met = newest.merge(daily, on=["film_id", "date"], how="inner")
    gross = met.groupby("film_id")["gross"].sum().reset_index()
    largest = gross.sort_values(["gross", "film_id"], ascending=[False, True])["film_id"].head(_FILMS)
    return [_band(film, newest, daily, met) for film in largest]


def _newest(forecasts: pd.DataFrame) -> pd.DataFrame:
    rows = forecasts.assign(date=pd.to_datetime(forecasts["date"]), film_id=forecasts["film_id"].astype(str))
    rows = rows.sort_values(["film_id", "date", "cycle"], kind="stable")
    rows = rows.drop_duplicates(["film_id", "date"], keep="last")
    last = rows.groupby("film_id")["date"].transform("max")
    return rows[rows["date"] > last - _WINDOW]


def _daily(actuals: pd.DataFrame) -> pd.DataFrame:
    rows = actuals.assign(date=pd.to_datetime(actuals["date"]), film_id=actuals["film_id"].astype(str))
    rows = rows.dropna(subset=["gross"])
    return rows.groupby(["film_id", "date"])["gross"].sum().reset_index()


def _band(film: str, newest: pd.DataFrame, daily: pd.DataFrame, met: pd.DataFrame) -> FilmBand:
    forecast = newest[newest["film_id"] == film]
    first, last = forecast["date"].min() - _BEFORE, forecast["date"].max()
    actual = daily[(daily["film_id"] == film) & daily["date"].between(first, last)]
    both = met[met["film_id"] == film]
    inside = int(both["gross"].between(both["q10"], both["q90"]).sum())
    title = next(iter(forecast["title"].dropna().astype(str)), film)
    return FilmBand(film, title, forecast, actual, len(both), inside)


def band_svg(band: FilmBand, name: str) -> str:
    """One film's plot as an `<svg>` for the page; `name` must be its own."""
    with style():
        figure, axes = canvas(3.6, 2.0, bottom=0.22)
        _draw(axes, band)
        return to_svg(figure, name)


def _draw(axes: Axes, band: FilmBand) -> None:
    # A band a cycle: between two cycles' forecasts there is a step, not a slope.
    for _, part in band.forecast.groupby("cycle"):
        _draw_forecast(axes, part.set_index("date").asfreq("D"))
    actual = band.actual.set_index("date")["gross"].asfreq("D")
    axes.plot(date2num(actual.index), actual, ".-", color=INK, linewidth=0.8, markersize=3.5)
    axes.set_ylim(bottom=0)
    caption(axes, "gross a day (US$)")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: dollars(value)))
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=5))
    axes.xaxis.set_major_formatter(FuncFormatter(_day))


def _draw_forecast(axes: Axes, days: pd.DataFrame) -> None:
    noon = date2num(days.index)
    edges = [*(noon - 0.5), noon[-1] + 0.5]
    axes.stairs(days["q90"], edges, baseline=days["q10"], fill=True, color=BLUE, alpha=0.2, linewidth=0)
    axes.stairs(days["q50"], edges, baseline=None, color=BLUE, linewidth=1.4)


def _day(value: float, _: int | None) -> str:
    date = num2date(value)
    return f"{date.day} {date:%b}"
