"""Choosing a setting by what viewers took up next."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd

from models.base.columns import VIEWER
from models.evaluation.metrics import ndcg_at
from models.recommenders.protocol import Recommender

Setting = TypeVar("Setting")
_VIEWERS = 2000  # enough for a standard error of about 0.006; more cost time only
_K = 10


def sampled(targets: pd.DataFrame, viewers: int = _VIEWERS) -> pd.DataFrame:
    """The targets of at most so many viewers, always the same ones."""
    everyone = np.sort(targets[VIEWER].unique())
    if len(everyone) <= viewers:
        return targets
    return targets[targets[VIEWER].isin(np.random.default_rng(0).choice(everyone, viewers, replace=False))]


def quality(model: Recommender, history: pd.DataFrame, targets: pd.DataFrame) -> float:
    """Let the model recommend to the viewers of `targets`: their mean NDCG@10."""
    return float(ndcg_at(model.recommend(sorted(targets[VIEWER].unique()), history, _K), targets, _K).mean())


def chosen(
    model: Recommender, name: str, settings: Sequence[Setting], history: pd.DataFrame, targets: pd.DataFrame
) -> Setting:
    """Try each of `settings` on a fitted model, and return the one that ranks the targets best, the first of equals.

    The setting `name` of the model is left at the last one tried.
    """
    few, scores = sampled(targets), []
    for setting in settings:
        setattr(model, name, setting)
        scores.append(quality(model, history, few))
    return settings[int(np.argmax(scores))]
