"""What an estimator needs to learn."""

from models.base.errors import EmptyTraining
from models.estimators.cases import Cases

FEWEST = 20


def require_cases(cases: Cases) -> None:
    """Refuse a training that is too small.

    Raises:
        EmptyTraining: there are fewer than `FEWEST` cases.
    """
    if len(cases) < FEWEST:
        raise EmptyTraining(
            f"there are {len(cases)} cases to learn from, {FEWEST} are wanted: give a longer history of films"
        )
