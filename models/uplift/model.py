"""Uplift by two layers of trees: what viewers do without a trailer, and its shift by one, in log odds.

A trailer's effect in probability is small and goes with what viewers would do anyway; in log odds it is nearly one
number, from which little has to be learned of how viewers differ. Trees of the first layer learn from those who were
not shown the trailer, those of the second from the others, beginning at the first layer's answer, which is
a feature of theirs, and the common shift.
Layers are fitted several times, to campaigns drawn with replacement (a bootstrap over films, not viewers). Their mean
is the prediction and their spread its uncertainty; bags without a campaign measure the model on it.

(The second layer is the X-learner's idea, Künzel and others 2019, on the scale of the link.)
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import xgboost
from scipy.special import expit, logit

from models.base.artifact import Artifact
from models.base.errors import EmptyTraining
from models.base.saved import Saved
from models.uplift.curve import qini, weighed
from models.uplift.exposures import Exposures, FloatArray

FEWEST, TAKERS = 3, 30  # campaigns; of those shown the trailer, and of the others, who took the film up
_THREADS, _BINS = 1, 64
_MIDDLE_80 = 1.2816  # standard deviations of a normal distribution


@dataclass(frozen=True)
class ExpectedUplift:
    """What viewers are expected to do about a film, a row each."""

    affinity: FloatArray  # (viewers,): the probability of taking it up without its trailer
    uplift: FloatArray  # (viewers,): what the trailer adds to that
    draws: FloatArray  # (viewers, bags): the uplift by each bag
    surprise: float  # standard deviation of whole campaigns around what was expected of them, as a share

    def within(self, chosen: npt.NDArray[Any] | slice) -> tuple[float, float, float]:
        """The mean uplift of these viewers, and its 80 % interval."""
        mean = float(self.uplift[chosen].mean())
        spread = float(np.hypot(self.draws[chosen].mean(axis=0).std(ddof=1), self.surprise * mean))
        return mean, mean - _MIDDLE_80 * spread, mean + _MIDDLE_80 * spread


@dataclass(frozen=True)
class RankingQuality:
    """Qini of the model's ranking of viewers, on campaigns that its bags had not seen."""

    campaigns: int
    uplift: float  # Qini of the ranking by uplift, per viewer
    affinity: float  # and of that by affinity
    low: float  # of the 90 % interval of the first, over campaigns
    high: float


@dataclass(eq=False)
class Uplift(Saved):
    """Expected uplift of viewers, with how sure it is.

    After `fit`, `unseen` holds by a campaign's number the Qini of its viewers' ranking by the bags without it. It is
    not saved.
    """

    name: ClassVar[str] = "uplift"
    seed: int = 0
    bags: int = 6
    rounds: int = 150
    depth: int = 3
    shift_rounds: int = 80
    shift_depth: int = 2
    learning_rate: float = 0.05
    fewest: float = 5.0  # the sum of p (1 - p) in a leaf
    shrink: float = 5.0

    def fit(self, exposures: Exposures) -> Self:
        """Learn from campaigns that are over, in place; raises EmptyTraining where they or their takers are too few."""
        _refuse_too_little(exposures)
        self.columns = list(exposures.table.columns)
        matrix, chance = self._matrix(exposures.table), np.random.default_rng(self.seed)
        self.layers, outside = [], np.full((len(exposures), self.bags, 2), np.nan)
        for bag in range(self.bags):
            drawn = np.bincount(chance.integers(exposures.campaigns, size=exposures.campaigns))
            weight = np.pad(drawn, (0, exposures.campaigns - len(drawn)))[exposures.campaign].astype(np.float64)
            self.layers.append(self._layers(matrix, exposures, weight, bag))
            outside[weight == 0, bag] = _answered(self.layers[-1], matrix[weight == 0])
        self._measure_out_of_bag(exposures, outside)
        return self

    def predict(self, table: pd.DataFrame) -> ExpectedUplift:
        """What viewers, a row each, are expected to do; columns that were not learned are left aside."""
        matrix = self._matrix(table.reindex(columns=self.columns))
        answers = np.stack([_answered(layers, matrix) for layers in self.layers], axis=1)
        return ExpectedUplift(
            answers[..., 0].mean(axis=1), answers[..., 1].mean(axis=1), answers[..., 1], self.surprise
        )

    def qini_of(self, exposures: Exposures) -> pd.Series:
        """How well it ranks the viewers of campaigns that it has not learned: the Qini of each, by its number."""
        effect = weighed(exposures.shown, exposures.propensity, exposures.taken)
        return _qini_by_campaign(self.predict(exposures.table).uplift, effect, exposures.campaign)

    def _write_files(self, files: Artifact) -> None:
        """Write settings, columns, measures and trees into the artifact's folder."""
        super()._write_files(files)
        files.write_json("columns", self.columns)
        files.write_json("found", {"measured": asdict(self.measured), "surprise": self.surprise})
        files.write_json("shifts", [shift for _, _, shift in self.layers])
        for bag, (base, effect, _) in enumerate(self.layers):
            base.save_model(files.folder / f"base-{bag}.ubj")
            effect.save_model(files.folder / f"effect-{bag}.ubj")

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model, found = super()._read_files(files), files.read_json("found")
        model.columns, model.measured = files.read_json("columns"), RankingQuality(**found["measured"])
        model.surprise = found["surprise"]
        model.layers = [
            (_load_booster(files.folder / f"base-{bag}.ubj"), _load_booster(files.folder / f"effect-{bag}.ubj"), shift)
            for bag, shift in enumerate(files.read_json("shifts"))
        ]
        return model

    def _layers(self, matrix: np.ndarray, exposures: Exposures, weight: FloatArray, bag: int) -> "Layers":
        """Train one bag: trees of what viewers do without a trailer, trees of its shift, and the common shift."""
        without, with_it = ((exposures.shown == shown) & (weight > 0) for shown in (0, 1))
        taken = exposures.taken
        base = xgboost.train(
            self._xgboost_settings(bag, self.depth),
            xgboost.QuantileDMatrix(matrix[without], taken[without], weight=weight[without], max_bin=_BINS),
            self.rounds,
        )
        shift = float(logit(_rate(taken, weight * with_it)) - logit(_rate(taken, weight * without)))
        alone = base.predict(xgboost.DMatrix(matrix[with_it]), output_margin=True)
        shown = xgboost.QuantileDMatrix(
            np.column_stack([matrix[with_it], alone]),
            taken[with_it],
            weight=weight[with_it],
            base_margin=alone + shift,
            max_bin=_BINS,
        )
        return base, xgboost.train(self._xgboost_settings(bag, self.shift_depth), shown, self.shift_rounds), shift

    def _measure_out_of_bag(self, exposures: Exposures, outside: np.ndarray) -> None:
        """Compare out-of-bag predictions with outcomes; keeps `unseen`, `measured` and `surprise` in this model."""
        known = np.isfinite(outside[..., 0]).any(axis=1)
        affinity, uplift = np.nanmean(outside[known], axis=1).T
        effect = weighed(exposures.shown, exposures.propensity, exposures.taken)[known]
        campaign = exposures.campaign[known]
        self.unseen = _qini_by_campaign(uplift, effect, campaign)
        self.measured = _mean_qini_interval(self.unseen, _qini_by_campaign(affinity, effect, campaign), self.seed)
        self.surprise = _surprise(uplift, effect, campaign)

    def _matrix(self, table: pd.DataFrame) -> np.ndarray:
        """The table as float32."""
        return table.to_numpy(dtype=np.float32)

    def _xgboost_settings(self, bag: int, depth: int) -> dict[str, object]:
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "max_bin": _BINS,
            "eta": self.learning_rate,
            "max_depth": depth,
            "min_child_weight": self.fewest,
            "subsample": 0.7,
            "colsample_bytree": 0.5,
            "reg_lambda": self.shrink,
            "seed": 1000 * self.seed + bag,
            "nthread": _THREADS,
        }


Layers = tuple[xgboost.Booster, xgboost.Booster, float]  # without a trailer, what it shifts, and the common shift


def _answered(layers: Layers, matrix: np.ndarray) -> FloatArray:
    """The expected affinity (probability without the trailer) and uplift of each row, by one bag: (rows, 2)."""
    base, effect, shift = layers
    without = base.predict(xgboost.DMatrix(matrix), output_margin=True)
    asked = xgboost.DMatrix(np.column_stack([matrix, without]), base_margin=without + shift)
    with_it = effect.predict(asked, output_margin=True)
    affinity = expit(without.astype(np.float64))
    return np.stack([affinity, expit(with_it.astype(np.float64)) - affinity], axis=1)


def _qini_by_campaign(score: FloatArray, effect: FloatArray, campaign: np.ndarray) -> pd.Series:
    """The Qini of each campaign's own ranking, by its number."""
    groups = {int(number): campaign == number for number in np.unique(campaign)}
    return pd.Series({number: qini(score[group], effect[group]) for number, group in groups.items()}, dtype=float)


def _mean_qini_interval(ours: pd.Series, theirs: pd.Series, seed: int) -> RankingQuality:
    """The mean Qini of two rankings over campaigns, with a bootstrap interval of the first."""
    drawn = np.random.default_rng(seed).integers(len(ours), size=(2000, len(ours)))
    low, high = np.quantile(ours.to_numpy()[drawn].mean(axis=1), [0.05, 0.95])
    return RankingQuality(len(ours), float(ours.mean()), float(theirs.mean()), float(low), float(high))


def _surprise(uplift: FloatArray, effect: FloatArray, campaign: np.ndarray) -> float:
    """The standard deviation of campaigns' mean effects around the expected ones beyond sampling error, as a share."""
    groups = [campaign == number for number in np.unique(campaign)]
    off = [(effect[g].mean() - uplift[g].mean()) ** 2 - effect[g].var() / g.sum() for g in groups]
    size = [uplift[g].mean() ** 2 for g in groups]
    return float(np.sqrt(max(sum(off), 0.0) / max(sum(size), 1e-12)))


def _rate(taken: FloatArray, weight: FloatArray) -> float:
    """The share that took the film up, never quite 0 or 1."""
    return float((taken @ weight + 0.5) / (weight.sum() + 1))


def _load_booster(path: Path) -> xgboost.Booster:
    """Read a booster from an xgboost file."""
    return xgboost.Booster({"nthread": _THREADS}, model_file=path)


def _refuse_too_little(exposures: Exposures) -> None:
    """Raises EmptyTraining where campaigns, or viewers who took a film up, are too few."""
    with_it = int((exposures.taken * exposures.shown).sum())
    without = int(exposures.taken.sum()) - with_it
    if exposures.campaigns < FEWEST or min(without, with_it) < TAKERS:
        raise EmptyTraining(
            f"{exposures.campaigns} campaigns are over, {with_it} viewers took a film up with its trailer and "
            f"{without} without; {FEWEST} campaigns, and {TAKERS} viewers of each kind, are needed"
        )
