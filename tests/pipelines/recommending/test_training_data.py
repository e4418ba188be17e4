"""What a recommender is trained on: the table that its lineage names, and no later word about an earlier time."""

from pathlib import Path

import pandas as pd
import pytest
from deltalake import DeltaTable, write_deltalake
from pyspark.sql import SparkSession

from jobs.features.interaction_sequence import interaction_sequence
from pipelines.platform.context import Context
from pipelines.platform.state import State
from pipelines.promotion.crowd import Crowd
from pipelines.recommending.cycle import TrainingData
from tests.models.audiences import DAY_MS

NOW, CUT = 10 * DAY_MS, 5 * DAY_MS
_NOBODY = Crowd(frozenset(), frozenset(), pd.Series(dtype=object))
_TOLD = [
    ("play", "early", 1 * DAY_MS),
    ("play", "grown", 2 * DAY_MS),
    ("like", "grown", 8 * DAY_MS),
    ("play", "late", 9 * DAY_MS),
]


def silver(told: list[tuple[str, str, int]]) -> pd.DataFrame:
    rows = pd.DataFrame(told, columns=["type", "film_id", "occurred_at"])
    at = pd.to_datetime(rows["occurred_at"], unit="ms", utc=True)
    return rows.assign(viewer_id="v", rating=float("nan"), occurred_at=at)


@pytest.fixture
def data(tmp_path: Path, spark: SparkSession) -> TrainingData:
    """Both tables as the cycle noted them, and as something else has left them since."""
    context = Context(State.at(tmp_path))
    lake = context.state.lake
    later = [*_TOLD, ("complete", "early", 3 * DAY_MS)]
    for rows in (silver(_TOLD), silver(later)):
        write_deltalake(lake / "silver" / "viewing", rows, mode="overwrite")
        table = interaction_sequence(spark.createDataFrame(rows), NOW).toPandas()
        write_deltalake(lake / "features" / "interaction_sequence", table, mode="overwrite")
    noted = {"as_of": NOW, "features": {"interaction_sequence": 0}, "silver": {"viewing": 0}}
    return TrainingData(context, noted, _NOBODY)


def strengths(rows: pd.DataFrame) -> dict[str, float]:
    return dict(zip(rows["film_id"], rows["strength"], strict=True))


@pytest.mark.spark
def test_all_that_is_known_is_the_table_at_the_version_that_the_lineage_names(data: TrainingData) -> None:
    assert strengths(data.interactions(NOW)) == {"early": 1.0, "grown": 2.0, "late": 1.0}
    table = DeltaTable(data.context.state.lake / "features" / "interaction_sequence", version=data.feature_version)
    assert strengths(table.to_pandas()) == strengths(data.interactions(NOW))


@pytest.mark.spark
def test_what_was_known_at_the_cut_holds_nothing_that_was_said_later(data: TrainingData) -> None:
    assert strengths(data.interactions(CUT)) == {"early": 1.0, "grown": 1.0}, "the like came after the cut"
