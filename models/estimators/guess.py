"""The first guess, corrected: the baseline. What a case departs from its offset in the middle, by slot."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from models.base import artifact
from models.estimators.bounds import require_cases
from models.estimators.cases import Cases, FloatArray
from models.estimators.protocol import START, Loss


@dataclass(eq=False)
class Guess:
    """The offset, moved by the mean (squared loss) or the median (absolute loss) departure of the case's slot."""

    name: ClassVar[str] = "guess"
    loss: Loss = "squared"
    seed: int = 0

    def fit(self, cases: Cases, outcome: FloatArray) -> Self:
        """Learn the middle departure of each slot (see the protocol); a slot that was not seen departs by 0."""
        require_cases(cases)
        middle = np.mean if self.loss == "squared" else np.median
        self.departure: FloatArray = np.zeros(int(cases.slot.max()) + 1)
        for slot in np.unique(cases.slot):
            self.departure[slot] = middle((outcome - cases.offset)[cases.slot == slot])
        return self

    def predict(self, cases: Cases) -> FloatArray:
        """As in the protocol."""
        known = np.minimum(cases.slot, len(self.departure) - 1)
        return cases.offset + np.where(cases.slot == known, self.departure[known], 0.0)

    def spread(self, cases: Cases) -> FloatArray:
        """The same for all."""
        return np.ones(len(cases))

    def contributions(self, cases: Cases) -> pd.DataFrame:
        """All of it is where it starts: no column of the table is read."""
        columns = {START: self.predict(cases), **dict.fromkeys(cases.table.columns, 0.0)}
        return pd.DataFrame(columns, index=range(len(cases)))

    def save(self, folder: Path) -> None:
        """Write the settings as JSON and the departures as safetensors."""
        with artifact.writing(folder, self.name) as files:
            files.write_json("settings", asdict(self))
            files.write_arrays("learned", {"departure": self.departure})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """As in the protocol."""
        files = artifact.reading(folder, cls.name)
        model = cls(**files.read_json("settings"))
        model.departure = files.read_arrays("learned")["departure"]
        return model
