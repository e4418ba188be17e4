"""Forecasts of films before they open.

An outlook is fitted on the films whose runs were known then. Later films need no new fit: their errors, once known,
shift the next forecasts and their intervals.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.base.artifact import Artifact
from models.base.columns import FILM, GROSS
from models.base.days import day_number
from models.base.errors import EmptyTraining
from models.base.saved import Saved
from models.base.usable import unusable
from models.estimators.cases import FEWEST, Cases, FloatArray
from models.evaluation.metrics import coverage80
from models.films.facts import frequent_genres
from models.films.past import PastReleases
from models.films.prerelease import prerelease_table
from models.outlook.outlook import CalibratedStack, asked_unseen, guessed_unseen
from models.tasks.task import Task
from models.tasks.totals import DAYS, cycle_stack, opening_task, totals_task

LEADS = (30, 7)  # days before the opening; the nearer question knows in how many cinemas a film opens
BOOKED = LEADS[-1]
_GENRE = "genre "
_RUN = 42  # days: the run by which `totals_task` holds a film's total to be known


@dataclass(frozen=True)
class Openings:
    """Films that have opened or are to open, as cases of one question, on the evening before `today` (a day number)."""

    films: pd.DataFrame
    task: Task
    today: int
    coming: npt.NDArray[np.bool_]  # announced, and not out yet
    aside: Mapping[str, str] = field(default_factory=dict)  # films that cannot be asked of, and why

    @classmethod
    def of(
        cls, releases: pd.DataFrame, past: PastReleases, today: int, lead: int, genres: list[str] | None = None
    ) -> Self:
        """Make cases of the films that can be forecast `lead` days before they open, and set the others aside.

        Where some films are told to be wide or not, only wide ones are asked of, and where they are booked is known
        for the nearer question. A film that no model could take, for what is known of it, is set aside.

        Args:
            releases: as `prerelease_table` takes them, with wide.
            past: grosses, known before today.
            genres: those that are columns; the most frequent ones of the films that are out, by default.

        Raises:
            EmptyTraining: there are too few films whose run is known.
        """
        films = _films_to_forecast(releases, lead)
        total = films[FILM].map(past.daily.groupby(FILM)[GROSS].sum()).to_numpy(dtype=np.float64)
        out = np.isfinite(total) & (total > 0)
        over = day_number(films["opens"]) + _RUN <= today
        learn = out & over
        if learn.sum() < FEWEST:
            raise EmptyTraining(
                f"{learn.sum()} films have run for {_RUN} days, {FEWEST} are wanted: send more of their box office"
            )
        named = frequent_genres(films[out]) if genres is None else genres
        table = prerelease_table(films, past, lead, named)
        aside = unusable(table, films[FILM])
        if aside:
            others = cls.of(releases[~releases[FILM].isin(aside)], past, today, lead, genres)
            return replace(others, aside={**others.aside, **aside})
        task = totals_task(films, table, np.where(learn, total, np.nan), learn, lead, past)
        coming = ~out & (day_number(films["opens"]) >= today)
        at = np.where(coming, today, task.cases.at)  # what is asked today knows the errors of all days before
        cases = replace(task.cases, at=at)
        seen = np.where(learn, task.seen, np.nan)
        return cls(films, replace(task, cases=cases, seen=seen), today, coming)

    def first_days(self, past: PastReleases) -> Self:
        """A copy that asks for the gross of the films' first days in place of all, on the same evening."""
        over = day_number(self.films["opens"]) + DAYS <= self.today
        return replace(self, task=opening_task(self.task, self.films, past, over))

    def before(self, day: int) -> Self:
        """The same question, its training limited to films whose run was known by a day (its number)."""
        learn = self.task.learn & (self.task.cases.known <= day)
        return replace(self, task=replace(self.task, learn=learn), today=day)

    @cached_property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which films' run is known, (films,)."""
        return self.task.learn

    def take(self, rows: npt.NDArray[np.bool_]) -> tuple[Cases, FloatArray]:
        """The cases of some films, and their outcomes as they stood when they became known."""
        return self.task.cases.take(rows), self.task.seen[rows]


@dataclass(frozen=True)
class OutlookAccuracy:
    """How an outlook forecast films that it had not learned: errors in logs, and how often its interval held."""

    films: int
    rmsle: float
    baseline_rmsle: float  # of the mean of the films that it had learned
    mdape: float
    cover80: float


@dataclass(frozen=True)
class OpeningOutlook(Saved):
    """An outlook on films before they open, and what it was fitted on."""

    outlook: CalibratedStack
    lead: int
    genres: list[str]
    until: int  # the day number before which all that it learned was known
    # A row a film that was asked of before it was learned: absolute errors in logs, `own` and the `baseline`'s. Of a
    # fit only: it is not saved.
    tried: pd.DataFrame | None = field(default=None, compare=False)

    name: ClassVar[str] = "opening outlook"

    @classmethod
    def fit(cls, openings: Openings, lead: int, seed: int = 0) -> Self:
        """Fit a new outlook to the films whose run is known; raises EmptyTraining where they are too few."""
        cases, seen = openings.take(openings.known)
        stack = cycle_stack(len(cases), seed).fit(cases, openings.task.outcome[openings.known])
        genres = [name.removeprefix(_GENRE) for name in map(str, cases.table) if name.startswith(_GENRE)]
        outlook = CalibratedStack.of(stack, cases, seen)
        return cls(outlook, lead, genres, openings.today, _absolute_errors_beside_baseline(outlook, openings))

    def errors(self, openings: Openings, wanted: npt.NDArray[np.bool_]) -> pd.Series:
        """Absolute errors (logs) on films that it was not fitted to, by film_id."""
        cases, seen, asked = self._before(openings, wanted)
        made = self.outlook.forecast(cases, seen)["q50"].to_numpy()[asked]
        off = np.log1p(made) - np.log1p(cases.take(asked).dollars(openings.task.outcome[wanted]))
        return pd.Series(np.abs(off), openings.films.loc[wanted, FILM])

    def forecast(self, openings: Openings) -> pd.DataFrame:
        """Forecast coming films: q10, q50, q90 in dollars, a row a film, in the order of `openings.films`."""
        cases, seen, asked = self._before(openings, openings.coming)
        return self.outlook.forecast(cases, seen)[asked].reset_index(drop=True)

    def explain(self, openings: Openings) -> pd.DataFrame:
        """Contributions in dollars that sum to each coming film's q50, a row a film."""
        cases, seen, asked = self._before(openings, openings.coming)
        return self.outlook.explain(cases, seen)[asked].reset_index(drop=True)

    def later(self, openings: Openings) -> npt.NDArray[np.bool_]:
        """Which films' run became known after the fit, (films,)."""
        return openings.known & (openings.task.cases.known > self.until)

    def measured(self, openings: Openings) -> OutlookAccuracy | None:
        """How well films since the fit were forecast, each from errors known before it; None where there is none."""
        later = self.later(openings)
        if not later.any():
            return None
        cases, seen, asked = self._before(openings, later)
        made = self.outlook.forecast(cases, seen)[asked]
        actual = cases.dollars(openings.task.outcome[later])
        off = np.log1p(made["q50"].to_numpy()) - np.log1p(actual)
        usual = openings.task.outcome[openings.known & ~later].mean()
        return OutlookAccuracy(
            films=int(later.sum()),
            rmsle=float(np.sqrt((off**2).mean())),
            baseline_rmsle=float(np.sqrt(((usual - openings.task.outcome[later]) ** 2).mean())),
            mdape=float(np.median(np.abs(made["q50"].to_numpy() / actual - 1))),
            cover80=coverage80(actual, made["q10"].to_numpy(), made["q90"].to_numpy()),
        )

    def _write_files(self, files: Artifact) -> None:
        """Write the stack with its errors, lead, genres and day into the artifact's folder."""
        self.outlook.save(files.folder / "outlook")
        files.write_json("question", {"lead": self.lead, "genres": self.genres, "until": self.until})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new outlook."""
        return cls(CalibratedStack.load(files.folder / "outlook"), **files.read_json("question"))

    def _before(
        self, openings: Openings, wanted: npt.NDArray[np.bool_]
    ) -> tuple[Cases, FloatArray, npt.NDArray[np.bool_]]:
        """Cases of the wanted films and of all since the fit, their known outcomes, and which rows are wanted."""
        rows = wanted | self.later(openings)
        cases, seen = openings.take(rows)
        return cases, seen, wanted[rows]


def _absolute_errors_beside_baseline(outlook: CalibratedStack, openings: Openings) -> pd.DataFrame:
    """Out-of-fold absolute errors of the outlook and the baseline, a row a film asked."""
    cases, seen = openings.take(openings.known)
    outcome, asked = openings.task.outcome[openings.known], asked_unseen(outlook.stack, seen)
    guessed = guessed_unseen(outlook.stack, cases, outcome)
    off = {"own": outlook.left(), "baseline": (guessed - outcome)[asked]}
    return pd.DataFrame(off, index=openings.films.loc[openings.known, FILM][asked]).abs()


def _films_to_forecast(releases: pd.DataFrame, lead: int) -> pd.DataFrame:
    """The wide releases, where any are told; with theatres for the near lead, else without that column."""
    wide = releases["wide"].eq(True)
    films = releases[wide] if wide.any() else releases
    if lead != BOOKED:
        return films.drop(columns="theatres").reset_index(drop=True)
    return films[films["theatres"].notna()].reset_index(drop=True)
