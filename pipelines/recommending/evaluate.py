"""Compare the recommenders on a split, refit the best one, and list what it would show to everyone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from models.base.columns import VIEWER
from models.evaluation.metrics import coverage_at, ndcg_at, unseen_targets
from models.recommenders import made, members
from models.recommenders.protocol import Recommender
from models.training.journal import Journal
from pipelines.platform.errors import NothingThere
from pipelines.platform.profiling import Meter
from pipelines.recommending.data_split import Split

K = 10
_LISTED = 20  # films a viewer: a scorer that strikes some out still finds ten


@dataclass(frozen=True)
class MemberResult:
    """One member on the validation part, by the full ranking of the catalogue, and what it cost."""

    member: str
    ndcg: float  # @10, mean over viewers
    coverage: float  # @10, share of the films watched in training
    seconds: float  # to learn, to choose settings and to rank
    peak_bytes: int  # of the whole process meanwhile


@dataclass(frozen=True)
class Evaluation:
    """All members compared, and the lists of the best one, fitted again on both parts."""

    rows: list[MemberResult]
    refit: MemberResult
    predictions: pd.DataFrame  # columns.RECOMMENDATIONS
    weights: dict[str, float]  # of the parts, where the best is made of parts


def chosen_names(given: str | None) -> list[str]:
    """Names joined by commas as a list, all members where none are given; raises NothingThere at an unknown one."""
    known = list(members())
    names = [name.strip() for name in given.split(",") if name.strip()] if given else known
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise _unknown_member_error(", ".join(unknown) or repr(given))
    return names


def evaluate(
    split: Split,
    films: pd.DataFrame | None,
    names: Sequence[str],
    seed: int,
    journal: Journal,
    began: Callable[[str], None],
) -> Evaluation:
    """Fit and tune each member, take the one that ranks the validation part best, and refit it on both parts.

    The settings that members choose by the validation part are measured on it, too: the numbers of those that
    choose much are a little too good, and only the test part, which is never opened here, says how good.

    Args:
        films: `columns.FILMS`.
        names: of members, one at least.
        began: told the name of each step as it begins.
    """
    rows: list[MemberResult] = []
    best: Recommender | None = None
    for name in names:
        began(name)
        model, row = _train_and_measure(name, split, films, seed, journal)
        if best is None or row.ndcg > max(each.ndcg for each in rows):
            best = model
        rows.append(row)
    assert best is not None, "chosen_names gives one name at least"
    began(f"{best.name} on both parts")
    with Meter() as meter:
        everything = split.everything
        best.refit(everything, films)
        predictions = best.recommend(sorted(everything[VIEWER].unique()), everything, _LISTED)
    top = max(rows, key=lambda row: row.ndcg)
    refit = MemberResult(best.name, top.ndcg, top.coverage, meter.seconds, meter.peak_bytes)
    return Evaluation(rows, refit, predictions, _weights(best))


def fitted(
    name: str, train: pd.DataFrame, valid: pd.DataFrame, films: pd.DataFrame | None, seed: int, journal: Journal
) -> Recommender:
    """Train a new member on `train`, settings chosen by what viewers took up in `valid`; the journal keeps epochs."""
    if name not in members():
        raise _unknown_member_error(name)
    model = made(name, seed=seed)
    model.journal = journal
    return model.fit(train, films).tune(train, unseen_targets(train, valid))


def _train_and_measure(
    name: str, split: Split, films: pd.DataFrame | None, seed: int, journal: Journal
) -> tuple[Recommender, MemberResult]:
    """Fit and tune a member on the split's training part, and measure it on the validation part, with its cost."""
    history, targets = split.train, unseen_targets(split.train, split.valid)
    with Meter() as meter:
        model = fitted(name, history, split.valid, films, seed, journal)
        listed = model.recommend(sorted(targets[VIEWER].unique()), history, K)
    ndcg = float(ndcg_at(listed, targets, K).mean())
    coverage = coverage_at(listed, history["film_id"].unique(), K)
    return model, MemberResult(name, ndcg, coverage, meter.seconds, meter.peak_bytes)


def _unknown_member_error(names: str) -> NothingThere:
    """The error, not raised here, that says that there are no members of these names."""
    return NothingThere(f"there is no recommender {names}: {', '.join(members())}")


def _weights(model: Recommender) -> dict[str, float]:
    """The weight of each part of a composed model, by name; empty for a model without parts."""
    parts, weights = getattr(model, "parts", ()), getattr(model, "weights", ())
    return {part.name: weight for part, weight in zip(parts, weights, strict=True)}
