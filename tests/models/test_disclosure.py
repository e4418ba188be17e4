"""What may be told of segments: hostile tables, and every subtraction that an attacker could make of what is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audience.disclosure import LEAST, RELEASED, released

_SEGMENTS = ("all", "age_band", "gender")


def tables(viewers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The exact cells and joint memberships of an audience: a row a viewer, with segments and films of each genre."""
    genres = [column for column in viewers if column not in _SEGMENTS]
    rows = []
    for facet in _SEGMENTS:
        for segment, those in viewers.groupby(facet):
            x, y = those[genres].to_numpy(float), those[genres].sum(axis=1).to_numpy(float)
            for place, genre in enumerate(genres):
                if not x[:, place].any():
                    continue
                rows.append(
                    {
                        **{"segment_facet": facet, "segment": segment, "facet": "genre", "value": genre},
                        **{"viewers": int((x[:, place] > 0).sum()), "members": int((y > 0).sum())},
                        **{"amount": x[:, place].sum(), "whole": y.sum(), "whole_whole": (y * y).sum()},
                        **{"amount_amount": (x[:, place] ** 2).sum(), "amount_whole": (x[:, place] * y).sum()},
                    }
                )
    joint = viewers.groupby(list(_SEGMENTS)).size().rename("viewers").reset_index()
    return pd.DataFrame(rows), joint


def audience(count: int, **changes: dict[int, object]) -> pd.DataFrame:
    """Viewers half young and half old, half of either gender, who all watch both genres."""
    number = np.arange(count)
    viewers = pd.DataFrame(
        {
            "all": "all",
            "age_band": np.where(number % 2, "young", "old"),
            "gender": np.where(number // 2 % 2, "female", "male"),
            "Crime": 1 + number % 3,
            "Drama": 1 + number % 5,
        }
    )
    for column, values in changes.items():
        if column not in viewers:
            viewers[column] = 0
        for row, value in values.items():
            viewers.loc[row, column] = value
    return viewers


def told(viewers: pd.DataFrame) -> dict[tuple[str, str, str], pd.Series]:
    made = released(*tables(viewers))
    assert tuple(made.columns) == RELEASED
    return {(row.segment_facet, row.segment, row.value): row for row in made.itertuples()}


def test_a_table_without_small_cells_is_told_whole() -> None:
    made = told(audience(200))
    assert len(made) == 2 * (1 + 2 + 2)
    everybody = made[("all", "all", "Crime")]
    exact = audience(200)
    share = exact["Crime"].sum() / (exact["Crime"] + exact["Drama"]).sum()
    assert everybody.share == everybody.share_of_all == pytest.approx(share, abs=5e-4)
    assert everybody.viewers == 200


def test_a_viewer_alone_in_a_cell_is_neither_told_nor_left_over_by_subtraction() -> None:
    made = told(audience(200, Horror={7: 3}))
    assert not [key for key in made if key[2] == "Horror"]
    told_of = {(facet, segment): [key for key in made if key[:2] == (facet, segment)] for facet, segment, _ in made}
    assert all(len(keys) == 1 for keys in told_of.values() if keys[0][1] in ("young", "female", "all")), (
        "of three genres one more is withheld wherever the viewer is, or one minus the shares would be theirs"
    )


def test_a_segment_of_a_few_takes_another_one_with_it() -> None:
    made = told(audience(200, age_band=dict.fromkeys(range(5), "very old")))
    known = {segment for facet, segment, _ in made if facet == "age_band"}
    assert "very old" not in known and len(known) == 1, "everybody less all others would be these five"


def test_two_segments_that_differ_by_one_viewer_are_not_both_told() -> None:
    viewers = audience(200)
    viewers["gender"] = np.where(viewers["age_band"] == "old", "male", "female")
    viewers.loc[0, "gender"] = "female"
    made = told(viewers)
    for old, male in (("old", "male"), ("young", "female")):
        both = {("age_band", old), ("gender", male)} & {key[:2] for key in made}
        assert len(both) < 2, "the two tables, subtracted, would be the one viewer"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(30, 150),
    st.integers(0, 2**31),
    st.floats(0.02, 0.9),
)
def test_what_is_left_over_by_any_row_or_column_stands_for_twenty_viewers(count: int, seed: int, rare: float) -> None:
    chance = np.random.default_rng(seed)
    viewers = pd.DataFrame(
        {
            "all": "all",
            "age_band": chance.choice(["a", "b", "c", "d"], count, p=[0.5, 0.3, 0.15, 0.05]),
            "gender": chance.choice(["f", "m"], count),
            **{genre: chance.binomial(3, rare / (place + 1), count) for place, genre in enumerate("PQRS")},
        }
    )
    viewers = viewers[viewers[list("PQRS")].sum(axis=1) > 0].reset_index(drop=True)
    made = set(told(viewers)) if len(viewers) else set()
    for facet in _SEGMENTS:
        for segment, those in viewers.groupby(facet):
            hidden = [genre for genre in "PQRS" if (facet, segment, genre) not in made]
            behind = int((those[hidden] > 0).any(axis=1).sum()) if hidden else 0
            if len(hidden) < 4:
                assert behind == 0 or behind >= LEAST
        for genre in "PQRS":
            shown = [segment for segment in viewers[facet].unique() if (facet, segment, genre) in made]
            if shown and ("all", "all", genre) in made:
                behind = int((viewers[~viewers[facet].isin(shown)][genre] > 0).sum())
                assert behind == 0 or behind >= LEAST


def test_the_error_of_a_share_is_that_of_drawing_viewers_anew() -> None:
    viewers = audience(400)
    chance = np.random.default_rng(1)
    drawn = [viewers.sample(400, replace=True, random_state=chance) for _ in range(400)]
    shares = [one["Crime"].sum() / (one["Crime"] + one["Drama"]).sum() for one in drawn]
    assert told(viewers)[("all", "all", "Crime")].error == pytest.approx(np.std(shares), rel=0.15)


def test_an_audience_of_which_each_says_something_else_of_themselves_takes_no_memory_by_pairs() -> None:
    viewers = 40_000  # by pairs, 12 GB
    joint = pd.DataFrame(
        {
            "all": "all",
            "occupation": [f"job {number}" for number in range(viewers)],
            "gender": np.where(np.arange(viewers) < 15, "told", "untold"),
            "viewers": 1,
        }
    )
    cells = tables(audience(100))[0]
    everybody = cells[cells["segment_facet"] == "all"]
    made = released(pd.concat([everybody, everybody.assign(segment_facet="gender", segment="untold")]), joint)
    assert set(made["segment_facet"]) == {"all"}, "of two that differ by fifteen viewers one is told"
