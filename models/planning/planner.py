"""Plans: a film's expected gross on other dates and in other numbers of theatres, beside its announced date.

All dates are simulated in the same draws of the unknowns: the film's size, how fast it falls, the worth of season and
rivals, and which rivals are still to be announced. Uncertainty of the film's size is the same on every date and cancels
in the comparison, so that a gain is known far better than a gross.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.base.columns import FILM
from models.base.days import day_number
from models.base.errors import NotToBePlanned
from models.films.facts import frequent_genres
from models.films.past import FloatArray, IntArray
from models.planning.coming import Coming
from models.planning.response import Response
from models.planning.rivalry import FORMS, DatedFilms, Measure, Pairs, Rivalry
from models.planning.runs import WEEK, WEEKS, WeeklyRuns
from models.planning.sizes import Sizes, theatre_elasticity

_LEARNED = 1500  # films with runs, the latest: what a season and rivals are worth changes over decades
_VALIDATED = 0.25  # of them: the latest
_DRAWS = 400
_ENDS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Planner:
    """What was learned of season, rivals, sizes and theatres from all that was known on the evening of `today`."""

    films: pd.DataFrame  # that have a date
    openings: DatedFilms  # of the same films
    coming: Coming
    form: Rivalry
    response: Response
    sizes: Sizes
    theatres: Sizes | None  # log theatres of the opening by facts; None where nothing tells of theatres
    elasticity: float
    unexplained: dict[Rivalry, float]  # what each form leaves of later films' runs, mean squares of logs

    @classmethod
    def learn(
        cls, films: pd.DataFrame, daily: pd.DataFrame, today: int, forms: tuple[Rivalry, ...] = FORMS
    ) -> "Planner":
        """Learn from films (see `models/films/prerelease.py`; `announced`, a date) and days (film_id, date, gross).

        The form of rivalry is the one that leaves least unexplained in the runs of the latest quarter of the films, by
        what was learned from those before.

        Raises:
            EmptyTraining: there are too few runs.
        """
        dated = films[films["opens"].notna()].reset_index(drop=True)
        genres, runs = frequent_genres(dated), WeeklyRuns.of(dated, daily).latest(_LEARNED)
        openings = _openings(dated, runs, genres)
        place = pd.Index(dated[FILM]).get_indexer(pd.Index(runs.films[FILM])).astype(np.int64)
        pairs = Pairs.of(openings, place)
        pressed = {form: pairs.pressure(form)[runs.film, runs.week] for form in forms}
        left = {form: _left(runs, columns) for form, columns in pressed.items()}
        form = min(left, key=lambda each: left[each])
        response = Response.fit(runs, pressed[form])
        sizes = Sizes.fit(runs.films, response.size, genres)
        coming = Coming.of(openings, day_number(dated["announced"].fillna(pd.Timestamp(0))), today)
        theatres, elasticity = theatre_elasticity(runs.films, sizes, genres)
        return cls(dated, openings, coming, form, response, sizes, theatres, elasticity, left)

    def plan(
        self, film_id: str, opened: IntArray, scales: tuple[float, ...] = (1.0,), draws: int = _DRAWS, seed: int = 0
    ) -> pd.DataFrame:
        """Forecast a film on other dates and theatres: a row a date and scale, with quantiles in dollars, and gains.

        Against the announced date at scale 1: gain (the median, in dollars), gain10, gain50, gain90 (shares of what the
        film takes then) and probability (that there is a gain).

        Args:
            opened: days on which the film might open; the announced one is added if it is not among them.
            scales: theatres over what is usual for such a film.

        Raises:
            NotToBePlanned: there is no such film, or it has opened.
        """
        film = self._place(film_id)
        dates = np.unique([*opened, self.openings.opens[film]])
        logs = self._run_logs(film, dates, draws, np.random.default_rng(seed))
        current = logs[:, dates == self.openings.opens[film]]
        return pd.concat([self._scaled(film, dates, logs, current, scale) for scale in scales], ignore_index=True)

    def rivals(self, film_id: str, opened: int, most: int = 5) -> pd.DataFrame:
        """The rivals announced near a date with the greatest weight: film_id, title, opens, likeness (0–1), weight."""
        film = self._place(film_id)
        apart = np.abs(self.openings.opens - opened)
        near = np.flatnonzero((apart <= self.form.reach) & (np.arange(len(apart)) != film))
        alike, plain = self.openings.weights(self.form, film, self.openings.rows(near)).T
        named = self.films.iloc[near][[FILM, "title", "opens"]].assign(likeness=alike / plain, weight=alike)
        named = named[named["likeness"] > 0].sort_values(["weight", FILM], ascending=[False, True])
        return named.head(most).reset_index(drop=True)

    def _place(self, film_id: str) -> int:
        """The film's position; raises NotToBePlanned where it is not known or has opened."""
        found = np.flatnonzero(self.films[FILM].to_numpy() == film_id)
        if not len(found):
            raise NotToBePlanned(f"no film {film_id!r} with a date is known")
        film = int(found[0])
        if self.openings.opens[film] <= self.coming.today:
            raise NotToBePlanned(f"{film_id} opened on {self.films['opens'][film]:%Y-%m-%d}: its date is past")
        return film

    def _run_logs(self, film: int, dates: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
        """Simulate the film's run on each date in each draw: log dollars, (draws, dates)."""
        response = self.response
        size = self.sizes.expected(self.films.iloc[[film]])[0] + rng.choice(self.sizes.errors, draws)
        slope = rng.choice(response.slope, draws)
        coefficients = rng.multivariate_normal(response.mean, response.covariance, draws, method="eigh")
        rivals = self.openings.pressure(self.form, film, dates)[None]
        rivals = rivals + self.openings.doubt(self.form, film, dates, draws, rng)
        rivals = rivals + self.coming.pressure(self.form, self.openings, film, dates, draws, rng)
        weeks = np.exp(response.weeks(coefficients, dates, rivals) + slope[:, None, None] * np.arange(WEEKS))
        total = weeks.sum(axis=-1)
        share = weeks / total[..., None]
        own = response.error * np.sqrt((share**2).sum(axis=-1)) * rng.standard_normal(total.shape)
        return np.asarray(size[:, None] + np.log(total) + own)

    def _scaled(self, film: int, dates: IntArray, logs: FloatArray, current: FloatArray, scale: float) -> pd.DataFrame:
        """The rows of a plan for one scale of theatres: quantiles of gross and gain, from the draws."""
        moved = logs + self.elasticity * np.log(scale)
        gross, gain = (np.quantile(values, _ENDS, axis=0) for values in (np.exp(moved), np.expm1(moved - current)))
        usual = np.nan if self.theatres is None else np.exp(self.theatres.expected(self.films.iloc[[film]])[0])
        columns = {
            "opens": dates.astype("datetime64[D]").astype("datetime64[ns]"),
            "scale": scale,
            "theatres": scale * usual,
            **dict(zip(("q10", "q50", "q90"), gross, strict=True)),
            "gain": np.median(np.exp(moved) - np.exp(current), axis=0),
            **dict(zip(("gain10", "gain50", "gain90"), gain, strict=True)),
            "probability": (moved > current).mean(axis=0),
        }
        return pd.DataFrame(columns)


def weekly(today: int, weeks: int, notice: int, weekday: int) -> IntArray:
    """The days of that weekday (0 is Monday) in `weeks` weeks, from `notice` weeks after `today` on."""
    first = today + WEEK * notice
    return first + (weekday - (first + 3)) % WEEK + WEEK * np.arange(weeks)


def _openings(dated: pd.DataFrame, runs: WeeklyRuns, genres: list[str]) -> DatedFilms:
    """All films with a date, each with a size: by budget, and by facts as learned from films that have run."""
    budget = np.log(dated["budget"].where(dated["budget"] > 0).to_numpy(dtype=np.float64))
    guessed = np.isnan(budget)
    budget = np.where(guessed, 0.0, budget - (0.0 if guessed.all() else np.nanmedian(budget)))
    plain = Response.fit(runs, np.zeros((len(runs.film), 2)))
    expected = Sizes.fit(runs.films, plain.size, genres).expected(dated)
    named = np.array([[genre in names for genre in genres] for names in dated["genres"]], dtype=np.float64)
    sizes: dict[Measure, FloatArray] = {"budget": budget, "size by facts": expected - np.median(expected)}
    return DatedFilms(day_number(dated["opens"]), named, sizes, guessed)


def _left(runs: WeeklyRuns, rivals: FloatArray) -> float:
    """How badly what the other films teach explains the latest films' runs, as a mean square."""
    latest = np.arange(len(runs.films)) >= len(runs.films) * (1 - _VALIDATED)
    rows = latest[runs.film]
    return Response.fit(runs.of_films(~latest), rivals[~rows]).unexplained(runs.of_films(latest), rivals[rows])
