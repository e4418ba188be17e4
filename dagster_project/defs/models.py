"""Model candidates, and the models that serve: a candidate serves only after it has passed the gate."""

from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext, AssetSpec, MaterializeResult, MetadataValue, TableRecord, multi_asset

from dagster_project.defs.features import film_day, film_features, interaction_sequence, viewer_segment
from dagster_project.resources import Loop
from dagster_project.staged import RETRIES, picture, require_topic, staged
from pipelines.forecasting.daily import cycle as daily_cycle
from pipelines.forecasting.daily.train import FAMILY as FORECASTER
from pipelines.platform import settings
from pipelines.promotion import promote
from pipelines.recommending import cycle as recommend
from pipelines.report.figures.metadata import members_png
from pipelines.scripts.judging import cycle as judging_cycle
from pipelines.scripts.judging.train import JUDGE
from pipelines.scripts.writing import cycle as writing_cycle
from pipelines.scripts.writing import train as writer
from streaming.kafka.topics import BOXOFFICE, VIEWING

GROUP = "models"


def log_progress(what: str, done: int, total: int, loss: float) -> None:
    """Log a training's progress in the asset's run; `loss` in nats. Callable only while an asset is materialised."""
    AssetExecutionContext.get().log.info(f"{what}: {done} of {total}, loss {loss:.4g} nats")


def _as_metadata(note: dict[str, Any]) -> dict[str, Any]:
    """A ledger note as metadata; nested facts become JSON."""
    return {key: MetadataValue.json(value) if isinstance(value, dict) else value for key, value in note.items()}


# Listed here because importing the members would load every learning library into the web page.
MEMBERS = {
    "als": "Implicit matrix factorisation (ALS).",
    "blend": "Matrix factorisation, blended with what follows the viewer's last films.",
    "composition": "All members combined; boosted trees re-rank their best films.",
    "content": "Films whose descriptions resemble those that the viewer watched.",
    "ease": "Item-item weights of a linear autoencoder (EASE).",
    "popularity": "The films watched most lately: the baseline.",
    "resolutions": "Two-level matrix factorisation: taste of groups plus taste of the viewer.",
    "sequence": "Two towers: a causal encoder of the viewer's sequence, and one of films.",
    "transitions": "Transition counts from each film to the next one watched.",
}
require_topic(VIEWING.name, *MEMBERS)


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
    """Members fitted on events up to a time, tuned on later ones and saved; any subset can be materialised."""
    selected = {key.to_user_string() for key in context.selected_asset_keys}
    names = sorted(selected.intersection(settings.trained_members(MEMBERS)))
    with loop.context.ledger.stage(loop.cycle, "recommender_members"):
        made = recommend.train_members(loop.context, loop.cycle, names, log_progress)
    for name in sorted(selected):
        yield MaterializeResult(name, metadata=made.get(name, {"trained": False}))


@staged(GROUP, {"python", "mlflow"}, deps=list(MEMBERS), needs=VIEWING.name)
def recommender_candidate(loop: Loop) -> MaterializeResult:
    """The best member on the validation span, measured on later days, fitted on all events, and registered."""
    note = recommend.train(loop.context, loop.cycle, log_progress)
    compared = loop.context.ledger.read(loop.cycle)["members"]
    return MaterializeResult(metadata={**_as_metadata(note), **_comparison_metadata(compared)})


def _comparison_metadata(members: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The members' metrics as a table and as a plot."""
    if not members:
        return {}
    rows = [TableRecord({"member": name, **numbers}) for name, numbers in sorted(members.items(), key=_ndcg_of)]
    plot = picture("NDCG@10 by member", members_png({name: numbers["ndcg@10"] for name, numbers in members.items()}))
    return {"members": MetadataValue.table(rows[::-1]), "comparison_plot": plot}


def _ndcg_of(member: tuple[str, dict[str, Any]]) -> float:
    return float(member[1]["ndcg@10"])


@staged(GROUP, {"mlflow"}, deps=[recommender_candidate], needs=VIEWING.name)
def recommender(loop: Loop) -> MaterializeResult:
    """The version that serves, in the registry: the candidate, if it is shown to be no worse than the one before."""
    return MaterializeResult(metadata=_as_metadata(promote.decide(loop.context, loop.cycle, recommend.FAMILY)))


@staged(GROUP, {"xgboost", "mlflow"}, deps=[film_day], needs=BOXOFFICE.name)
def forecaster_candidate(loop: Loop) -> MaterializeResult:
    """Quantiles of each film's gross in the next four weeks, measured on the last four weeks, and registered."""
    return MaterializeResult(metadata=_as_metadata(daily_cycle.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[forecaster_candidate], needs=BOXOFFICE.name)
def forecaster(loop: Loop) -> MaterializeResult:
    """The version that serves, in the registry: the candidate, if it is shown to be no worse than the one before."""
    return MaterializeResult(metadata=_as_metadata(promote.decide(loop.context, loop.cycle, FORECASTER)))


@staged(GROUP, {"pytorch", "mlflow"}, deps=["silver_films", "silver_viewing", "quarantine"], needs=VIEWING.name)
def script_writer(loop: Loop) -> MaterializeResult:
    """The small language model that drafts scripts: trained every few cycles, registered, and gated."""
    writing_cycle.train(loop.context, loop.cycle, log_progress)
    return MaterializeResult(metadata=_as_metadata(promote.decide(loop.context, loop.cycle, writer.FAMILY)))


@staged(
    GROUP,
    {"python", "mlflow"},
    deps=["silver_films", "segment_release", interaction_sequence, viewer_segment],
    needs=VIEWING.name,
)
def judge_candidate(loop: Loop) -> MaterializeResult:
    """Models that rate scripts, trained on segments' choices and readers' answers, measured, and registered."""
    return MaterializeResult(metadata=_as_metadata(judging_cycle.train(loop.context, loop.cycle)))


@staged(GROUP, {"mlflow"}, deps=[judge_candidate], needs=VIEWING.name)
def judge(loop: Loop) -> MaterializeResult:
    """The version that serves, in the registry: the candidate, if it is shown to be no worse than the one before."""
    return MaterializeResult(metadata=_as_metadata(promote.decide(loop.context, loop.cycle, JUDGE)))
