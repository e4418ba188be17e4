"""Candidates, and what serves: a candidate serves only if the gate lets it pass."""

from typing import Any

from dagster import MaterializeResult, MetadataValue

from dagster_project.defs.features import film_day, film_features, interaction_sequence
from dagster_project.resources import Loop
from dagster_project.staged import staged
from pipelines.stages import forecast, promote, recommend
from streaming.topics import BOXOFFICE, VIEWING

GROUP = "models"


def _numbers(note: dict[str, Any]) -> dict[str, Any]:
    """The plain facts of a note, as metadata; what is nested is shown as JSON."""
    return {key: MetadataValue.json(value) if isinstance(value, dict) else value for key, value in note.items()}


@staged(GROUP, {"python", "mlflow"}, deps=[interaction_sequence, film_features], needs=VIEWING.name)
def recommender_candidate(loop: Loop) -> MaterializeResult:
    """The member that ranked best on the validation span, measured on the days after it, fitted on all."""
    return MaterializeResult(metadata=_numbers(recommend.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[recommender_candidate], needs=VIEWING.name)
def recommender(loop: Loop) -> MaterializeResult:
    """The version that serves: the candidate, if it is shown to be no worse than what served."""
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, recommend.FAMILY)))


@staged(GROUP, {"xgboost", "mlflow"}, deps=[film_day], needs=BOXOFFICE.name)
def forecaster_candidate(loop: Loop) -> MaterializeResult:
    """Quantiles of the next four weeks of every film in release, measured on the four weeks before now."""
    return MaterializeResult(metadata=_numbers(forecast.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[forecaster_candidate], needs=BOXOFFICE.name)
def forecaster(loop: Loop) -> MaterializeResult:
    """The version that serves: the candidate, if it is shown to be no worse than what served."""
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, forecast.FAMILY)))
