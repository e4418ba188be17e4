"""Candidates, and what serves: a candidate serves only if the gate lets it pass."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, MetadataValue, TableRecord, multi_asset

from dagster_project.defs.features import film_day, film_features, interaction_sequence, viewer_segment
from dagster_project.progress import log_progress
from dagster_project.resources import Loop
from dagster_project.staged import RETRIES, rest_on, staged
from pipelines.forecasting.daily import cycle as daily_cycle
from pipelines.forecasting.daily.train import FAMILY as FORECASTER
from pipelines.platform import settings
from pipelines.promotion import promote
from pipelines.recommending import cycle as recommend
from pipelines.report.figures.members import members_png
from pipelines.scripts.judging import cycle as judging_cycle
from pipelines.scripts.judging.train import JUDGE
from pipelines.scripts.writing import cycle as writing_cycle
from streaming.kafka.topics import BOXOFFICE, VIEWING

GROUP = "models"


def _numbers(note: dict[str, Any]) -> dict[str, Any]:
    """The plain facts of a note, as metadata; what is nested is shown as JSON."""
    return {key: MetadataValue.json(value) if isinstance(value, dict) else value for key, value in note.items()}


# Named here: to ask the models' registry would load every learning library with the page.
MEMBERS = {
    "als": "Taste by implicit matrix factorisation.",
    "blend": "Taste, nudged by the last films.",
    "composition": "All members together, carried by what is in demand, their best films ranked anew by boosted trees.",
    "content": "Films described like those that the viewer watched.",
    "ease": "A linear autoencoder: which films speak for which.",
    "popularity": "What is watched lately: the baseline.",
    "resolutions": "Taste at two resolutions: what groups like, and what each viewer does.",
    "sequence": "A causal encoder of the viewer's sequence beside a tower of films.",
    "transitions": "What is watched after what.",
}
rest_on(VIEWING.name, *MEMBERS)


@multi_asset(
    specs=[
        AssetSpec(
            name,
            deps=[interaction_sequence, film_features],
            group_name="members",
            kinds={"python"},
            description=about,
        )
        for name, about in MEMBERS.items()
    ],
    can_subset=True,
    retry_policy=RETRIES,
)
def recommender_members(context: AssetExecutionContext, loop: Loop) -> Iterator[MaterializeResult]:
    """Each member fitted on what was known at a time and tuned by what came next; any of them alone, too."""
    selected = {key.to_user_string() for key in context.selected_asset_keys}
    names = sorted(selected.intersection(settings.trained_members(MEMBERS)))
    with loop.context.ledger.stage(loop.cycle, "recommender_members"):
        made = recommend.train_members(loop.context, loop.cycle, names, log_progress)
    for name in sorted(selected):
        yield MaterializeResult(name, metadata=made.get(name, {"trained": False}))


@staged(GROUP, {"python", "mlflow"}, deps=list(MEMBERS), needs=VIEWING.name)
def recommender_candidate(loop: Loop) -> MaterializeResult:
    """The member preferred by the validation span, measured on the days after it, fitted on all."""
    note = recommend.train(loop.context, loop.cycle, log_progress)
    compared = loop.context.ledger.read(loop.cycle)["members"]
    return MaterializeResult(metadata={**_numbers(note), **_comparison(compared)})


def _comparison(members: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The members beside each other, as a table and as a picture."""
    if not members:
        return {}
    rows = [TableRecord({"member": name, **numbers}) for name, numbers in sorted(members.items(), key=_worst_first)]
    picture = b64encode(members_png({name: numbers["ndcg@10"] for name, numbers in members.items()})).decode()
    return {
        "members": MetadataValue.table(rows[::-1]),
        "comparison_plot": MetadataValue.md(f"![NDCG@10 by member](data:image/png;base64,{picture})"),
    }


def _worst_first(member: tuple[str, dict[str, Any]]) -> float:
    return float(member[1]["ndcg@10"])


@staged(GROUP, {"mlflow"}, deps=[recommender_candidate], needs=VIEWING.name)
def recommender(loop: Loop) -> MaterializeResult:
    """The version that serves: the candidate, if it is shown to be no worse than what served."""
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, recommend.FAMILY)))


@staged(GROUP, {"xgboost", "mlflow"}, deps=[film_day], needs=BOXOFFICE.name)
def forecaster_candidate(loop: Loop) -> MaterializeResult:
    """Quantiles of the next four weeks of every film in release, measured on the four weeks before now."""
    return MaterializeResult(metadata=_numbers(daily_cycle.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[forecaster_candidate], needs=BOXOFFICE.name)
def forecaster(loop: Loop) -> MaterializeResult:
    """The version that serves: the candidate, if it is shown to be no worse than what served."""
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, FORECASTER)))


@staged(GROUP, {"pytorch", "mlflow"}, deps=["silver_films", "silver_viewing", "quarantine"], needs=VIEWING.name)
def script_writer(loop: Loop) -> MaterializeResult:
    """The small writer that drafts: taught what films are about, anew every few cycles; it serves if it is no worse."""
    writing_cycle.train(loop.context, loop.cycle, log_progress)
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, writing_cycle.FAMILY)))


@staged(
    GROUP,
    {"python", "mlflow"},
    deps=["silver_films", "segment_release", interaction_sequence, viewer_segment],
    needs=VIEWING.name,
)
def judge_candidate(loop: Loop) -> MaterializeResult:
    """Judges of scripts, by what segments chose and their readers said; measured on films that they were not taught."""
    return MaterializeResult(metadata=_numbers(judging_cycle.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[judge_candidate], needs=VIEWING.name)
def judge(loop: Loop) -> MaterializeResult:
    """The version that serves: the candidate, if it is shown to be no worse than what served."""
    return MaterializeResult(metadata=_numbers(promote.decide(loop.context, loop.cycle, JUDGE)))
