"""Boosted trees that forecast quantiles: one model for all films and all days ahead, by `xgboost`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import xgboost

from models.base.artifact import Artifact
from models.base.days import day_number
from models.estimators.protocol import START
from models.forecasters.examples import Examples
from models.forecasters.features import Design, Origins, design, frequent_genres
from models.forecasters.protocol import Forecaster
from models.forecasters.quantiles import forecast_frame, strongest_first, week_ahead, weeks_ahead, widening
from models.forecasters.runs import DailyRuns, FloatArray, IntArray, require_days, require_every_week
from models.outlook.dollars import in_dollars

_LEVELS = (0.1, 0.5, 0.9)
_COVERAGE = 0.8
_WANTED_DAYS = 84
_THREADS = 1  # sums that are split among threads differ in their last digits


@dataclass(eq=False)
class QuantileTrees(Forecaster):
    """Quantile regression of the log ratio of a day's gross to the film's mean daily gross of the last week.

    The 80 % interval is calibrated on the latest origins by split-conformal prediction, a widening for each
    week ahead, from trees that have not seen them; the trees that are kept then learn from all.
    """

    name: ClassVar[str] = "quantile_trees"
    horizon: int = 28
    history_days: int = 5 * 365
    max_rows: int = 60_000
    rounds: int = 100
    learning_rate: float = 0.1
    depth: int = 6
    calibration_days: int = 182
    seed: int = 0

    def fit(self, panel: pd.DataFrame) -> Self:
        """Learn from the last `history_days` of `panel`, at most `max_rows` cases, and keep it in this model."""
        runs = DailyRuns.of(panel)
        require_days(runs, _WANTED_DAYS)
        self.genres = frequent_genres(runs)
        everything = Examples.of(runs, self.genres, self.horizon)
        examples = everything.begun_after(int(runs.date.max()) - self.history_days)
        # Two fits of one thread each, which xgboost runs outside of Python's lock.
        with ThreadPoolExecutor(1) as beside:
            booster = beside.submit(self._train_booster, examples)
            self.widening = self._calibrated(examples)
        self.booster = booster.result()
        return self

    def forecast(self, panel: pd.DataFrame, origin: pd.Timestamp) -> pd.DataFrame:
        """Forecast quantiles by the trees, the outer ones widened as far as calibration found."""
        runs = DailyRuns.of(panel, origin)
        film = runs.in_release(int(day_number(origin)))
        if not len(film):
            return forecast_frame(runs, film, origin, np.zeros((0, self.horizon, len(_LEVELS))))
        ahead = np.tile(np.arange(1, self.horizon + 1), len(film))
        known = self._design(runs, film, origin)
        ratio = _predict(self.booster, known) + self.widening[week_ahead(ahead), None] * np.array([-1.0, 0.0, 1.0])
        ratio[:, 0], ratio[:, 2] = np.minimum(ratio[:, 0], ratio[:, 1]), np.maximum(ratio[:, 2], ratio[:, 1])
        gross = np.expm1(ratio + np.log1p(known.level)[:, None])
        return forecast_frame(runs, film, origin, gross.reshape(len(film), self.horizon, len(_LEVELS)))

    def explain(self, panel: pd.DataFrame, origin: pd.Timestamp, film: str) -> pd.DataFrame:
        """What the medians of `film` are made of, in dollars: SHAP values of the trees."""
        runs = DailyRuns.of(panel, origin)
        place = runs.films.get_indexer(pd.Index([film]))
        place = place[np.isin(place, runs.in_release(int(day_number(origin))))]
        if not len(place):
            return strongest_first(pd.Series(dtype=float))
        known = self._design(runs, place, origin)
        rows = xgboost.DMatrix(known.matrix, nthread=_THREADS)
        middle = np.argsort(self.booster.predict(rows), axis=1)[:, 1]  # trees of one quantile may cross another's
        shares = self.booster.predict(rows, pred_contribs=True)[np.arange(self.horizon), middle].astype(np.float64)
        parts = pd.DataFrame(shares[:, :-1], columns=known.names)
        parts.insert(0, START, shares[:, -1] + np.log1p(known.level))
        return strongest_first(in_dollars(parts, floor=1.0).sum())

    def _write_files(self, files: Artifact) -> None:
        """Write settings, genres, widenings and trees into the artifact's folder."""
        super()._write_files(files)
        files.write_json("genres", self.genres)
        files.write_arrays("learned", {"widening": self.widening})
        self.booster.save_model(files.folder / "trees.ubj")

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.genres = files.read_json("genres")
        model.widening = files.read_arrays("learned")["widening"]
        model.booster = xgboost.Booster({"nthread": _THREADS}, model_file=files.folder / "trees.ubj")
        return model

    def _design(self, runs: DailyRuns, film: IntArray, origin: pd.Timestamp) -> Design:
        """The trees' columns for films at one origin, a row a film and day ahead."""
        origins = Origins.of(runs, film, np.full(len(film), int(day_number(origin))), self.genres)
        row = np.repeat(np.arange(len(film)), self.horizon)
        return design(runs, origins, row, np.tile(np.arange(1, self.horizon + 1), len(film)))

    def _calibrated(self, examples: Examples) -> FloatArray:
        """Train trees without the newest days, and find how far to widen the interval in each week ahead."""
        runs = examples.runs
        cut = int(runs.date.max()) - self._calibration_days(runs.span)
        booster = self._train_booster(examples.ended_by(cut))
        latest = examples.begun_after(cut).sample(self.max_rows, self.seed)
        week = week_ahead(latest.ahead)
        require_every_week(np.bincount(week, minlength=weeks_ahead(self.horizon)).tolist())
        low, _, high = _predict(booster, latest.design()).T
        weeks = [week == number for number in range(weeks_ahead(self.horizon))]
        return np.array([widening(latest.ratio[now], low[now], high[now], _COVERAGE) for now in weeks])

    def _calibration_days(self, span: int) -> int:
        """How many of the newest days calibrate, of a panel that spans so many."""
        return min(self.calibration_days, max(self.horizon + 7, span // 5))

    def _train_booster(self, examples: Examples) -> xgboost.Booster:
        """Train new trees on at most `max_rows` of the examples."""
        chosen = examples.sample(self.max_rows, self.seed)
        known = chosen.design()
        settings = {
            "objective": "reg:quantileerror",
            "quantile_alpha": np.array(_LEVELS),
            "tree_method": "hist",
            "max_bin": 128,
            "eta": self.learning_rate,
            "max_depth": self.depth,
            "min_child_weight": 20,
            "seed": self.seed,
            "nthread": _THREADS,
        }
        rows = xgboost.QuantileDMatrix(known.matrix, chosen.ratio, max_bin=128, nthread=_THREADS)
        return xgboost.train(settings, rows, self.rounds)


def _predict(booster: xgboost.Booster, known: Design) -> FloatArray:
    """The three quantiles of each row, ascending, (rows, 3)."""
    predicted = booster.predict(xgboost.DMatrix(known.matrix, nthread=_THREADS)).reshape(-1, len(_LEVELS))
    return np.sort(predicted.astype(np.float64), axis=1)
