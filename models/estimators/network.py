"""A small network with three heads: what is expected, and the 10 % and 90 % quantiles around it.

The heads share two hidden layers. Quantiles are learned by the pinball loss (Koenker, Bassett 1978).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import pandas as pd
import torch
from torch import nn

from models.base.artifact import Artifact
from models.estimators.cases import Cases, FloatArray, require_cases
from models.estimators.protocol import START, Estimator, Loss
from models.estimators.scaling import Scaling
from models.training.determinism import one_thread, seeded

_LOW, _HIGH = 0.1, 0.9
_HUBER = 1.5  # standard deviations: the loss of an outlier grows no faster
_PATH = 32  # points on the way from the mean to a case


@dataclass(eq=False)
class Network(Estimator):
    """Residuals over the offset by several networks from different seeds, averaged."""

    name: ClassVar[str] = "network"
    tells_spread: ClassVar[bool] = True
    loss: Loss = "squared"
    seed: int = 0
    repeats: int = 3
    hidden: int = 128
    dropout: float = 0.5
    epochs: int = 12
    batch: int = 64
    learning_rate: float = 4e-3
    decay: float = 0.3

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Train `repeats` networks from different seeds, and keep them in this model."""
        require_cases(cases)
        self.scaling = Scaling.of(cases.table)
        residual = outcome - cases.offset
        self.level: FloatArray = np.array([residual.mean(), residual.std() + 1e-6])
        values = torch.tensor(self.scaling.apply(cases.table), dtype=torch.float32)  # (cases, columns)
        target = torch.tensor((residual - self.level[0]) / self.level[1], dtype=torch.float32)  # (cases,)
        weight = torch.tensor(cases.weight / cases.weight.mean(), dtype=torch.float32)  # (cases,)
        seeds = range(self.repeats * self.seed, self.repeats * (self.seed + 1))
        with one_thread():
            self.nets = [self._train_network(seed, values, target, weight) for seed in seeds]
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """The mean of the networks' first heads, shape (cases,)."""
        return np.asarray(cases.offset + self.level[0] + self.level[1] * self._heads(cases)[:, 0], dtype=np.float64)

    def spread(self, cases: Cases) -> FloatArray:
        """How uncertain each forecast is: half the way from 10 % to 90 % quantile, at least a tenth of an SD."""
        heads = self._heads(cases)
        return np.asarray(self.level[1] * np.maximum(heads[:, 2] - heads[:, 1], 0.2) / 2, dtype=np.float64)

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """Parts of each forecast by integrated gradients from the training's mean (Sundararajan and others 2017).

        What the sum over `_PATH` points misses of the integral is added to `START`.
        """
        values = torch.tensor(self.scaling.apply(cases.table), dtype=torch.float32)
        with one_thread():
            shares = self.level[1] * np.mean([_path_shares(net, values) for net in self.nets], axis=0)
        parts = pd.DataFrame(shares.astype(np.float64), columns=self.scaling.columns)
        parts.insert(0, START, self.predict(cases) - parts.sum(axis=1))
        return parts

    def _write_files(self, files: Artifact) -> None:
        """Write settings, scaling and the networks' weights into the artifact's folder."""
        super()._write_files(files)
        self.scaling.write(files)
        files.write_arrays("learned", {"level": self.level})
        for number, net in enumerate(self.nets):
            files.write_arrays(f"weights-{number}", {name: each.numpy() for name, each in net.state_dict().items()})

    @classmethod
    def _read_files(cls, files: Artifact) -> Self:
        """Read what `_write_files` wrote, as a new model."""
        model = super()._read_files(files)
        model.level, model.scaling = files.read_arrays("learned")["level"], Scaling.read(files)
        model.nets = [model._new_network(len(model.scaling.columns)).eval() for _ in range(model.repeats)]
        for number, net in enumerate(model.nets):
            arrays = files.read_arrays(f"weights-{number}")
            net.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
        return model

    def _new_network(self, columns: int) -> nn.Sequential:
        """An untrained network with three outputs for so many columns."""
        return nn.Sequential(
            nn.Dropout(self.dropout / 5),
            nn.Linear(columns, self.hidden),
            nn.SiLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden, self.hidden // 2),
            nn.SiLU(),
            nn.Dropout(self.dropout),
            nn.Linear(self.hidden // 2, 3),
        )

    def _heads(self, cases: Cases) -> FloatArray:
        """The mean of the networks' three outputs, (cases, 3)."""
        values = torch.tensor(self.scaling.apply(cases.table), dtype=torch.float32)
        with torch.no_grad(), one_thread():
            made = torch.stack([net(values) for net in self.nets]).mean(dim=0)  # (cases, 3)
        return made.numpy().astype(np.float64)

    def _train_network(
        self, seed: int, values: torch.Tensor, target: torch.Tensor, weight: torch.Tensor
    ) -> nn.Sequential:
        """Train a new network from a seed; torch's generator is left as it was."""
        with seeded(seed):
            net = self._new_network(values.shape[1])
            steps = self.epochs * -(-len(target) // self.batch)
            optimiser = torch.optim.AdamW(net.parameters(), lr=self.learning_rate, weight_decay=self.decay)
            rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, self.learning_rate, total_steps=steps)
            for _ in range(self.epochs):
                for rows in torch.randperm(len(target)).split(self.batch):
                    optimiser.zero_grad()
                    (weight[rows] * self._losses(net(values[rows]), target[rows])).mean().backward()
                    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                    optimiser.step()
                    rate.step()
        return net.eval()

    def _losses(self, heads: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """The loss of each row: of the centre, and of both quantiles."""
        centre = (
            nn.functional.huber_loss(heads[:, 0], target, reduction="none", delta=_HUBER)
            if self.loss == "squared"
            else (heads[:, 0] - target).abs()
        )
        return centre + 0.3 * (_pinball_loss(heads[:, 1], target, _LOW) + _pinball_loss(heads[:, 2], target, _HIGH))


def _pinball_loss(quantile: torch.Tensor, target: torch.Tensor, level: float) -> torch.Tensor:
    """The loss of each row whose minimum is the quantile at `level`."""
    off = target - quantile
    return torch.maximum(level * off, (level - 1) * off)


def _path_shares(net: nn.Sequential, values: torch.Tensor) -> np.ndarray:
    """The network's mean gradient on the way from 0 to each row, times the row: (rows, columns)."""
    total = torch.zeros_like(values)
    for point in (torch.arange(_PATH) + 0.5) / _PATH:
        here = (values * point).requires_grad_()
        (gradient,) = torch.autograd.grad(net(here)[:, 0].sum(), here)
        total += gradient
    return (values * total / _PATH).numpy()
