"""Films before they opened: each one's forecast as it changed, against what came."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipelines.report.figures.drawing import canvas, caption, style, to_svg
from pipelines.report.figures.notation import dollars
from pipelines.report.figures.palette import BLUE, INK

_DRAWN = 6


@dataclass(frozen=True)
class FilmOutlooks:
    """One film: a row a cycle that forecast it (cycle, ahead in days, q10, q50, q90), and what it took, if known."""

    film_id: str
    title: str
    made: pd.DataFrame
    actual: float | None

    @property
    def last(self) -> "pd.Series[float]":
        """The last forecast before the opening."""
        return self.made.iloc[-1]

    @property
    def inside(self) -> bool | None:
        """Whether what came lay in the interval of the last forecast; None while it is not known."""
        return None if self.actual is None else bool(self.last["q10"] <= self.actual <= self.last["q90"])


def film_outlooks(outlooks: pd.DataFrame | None) -> list[FilmOutlooks]:
    """Every film that was forecast, those that have come first, the largest of them first."""
    if outlooks is None or outlooks.empty:
        return []
    ahead = (pd.to_datetime(outlooks["opens"]) - pd.to_datetime(outlooks["made"]).dt.normalize()).dt.days
    ordered = outlooks.assign(ahead=ahead).sort_values(["film_id", "cycle"], kind="stable")
    films = [_film(str(film), rows) for film, rows in ordered.groupby("film_id")]
    return sorted(films, key=lambda film: (film.actual is None, -(film.actual or film.last["q50"]), film.film_id))


def drawn(films: list[FilmOutlooks]) -> list[FilmOutlooks]:
    """The films to draw: those that were forecast most often, and of these the first."""
    return sorted(films, key=lambda film: -len(film.made))[:_DRAWN]


def _film(film: str, rows: pd.DataFrame) -> FilmOutlooks:
    came = rows["actual"].dropna()
    title = next(iter(rows["title"].dropna().astype(str)), film)
    made = rows[["cycle", "ahead", "q10", "q50", "q90"]].reset_index(drop=True)
    return FilmOutlooks(film, title, made, float(came.iloc[-1]) if len(came) else None)


def outlook_svg(film: FilmOutlooks, name: str) -> str:
    """One film's plot as an `<svg>` for the page; `name` must be its own."""
    with style():
        figure, axes = canvas(3.6, 2.0, bottom=0.42)
        _draw(axes, film)
        return to_svg(figure, name)


def _draw(axes: Axes, film: FilmOutlooks) -> None:
    made = film.made
    at = np.arange(len(made))
    reach = np.abs(made[["q10", "q90"]].to_numpy().T - made["q50"].to_numpy())
    axes.errorbar(at, made["q50"], yerr=reach, fmt="o", color=BLUE, elinewidth=5, alpha=0.9, markersize=4)
    if film.actual is not None:
        axes.axhline(film.actual, color=INK, linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.set_xlim(-0.5, len(made) - 0.5)
    axes.set_xticks(at, [f"{days}" for days in made["ahead"]])
    axes.set_xlabel("days before the opening")
    caption(axes, "gross in all (US$)")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: dollars(value)))
