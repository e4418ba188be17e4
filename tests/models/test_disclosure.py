"""What may be told of segments: hostile tables, and every subtraction that an attacker could make of what is told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.audience.disclosure import LEAST, RELEASED, released

_SEGMENTS = ("all", "age_band", "gender")


def tables(viewers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """An audience's exact cells, joint memberships and joint amounts: of a row a viewer, with films of each genre."""
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
    return pd.DataFrame(rows), joint, joint_amounts(viewers, genres)


def joint_amounts(viewers: pd.DataFrame, genres: list[str]) -> pd.DataFrame:
    rows = []
    for segments, those in viewers.groupby(list(_SEGMENTS)):
        for value in (*genres, None):
            x = (those[genres].sum(axis=1) if value is None else those[value]).to_numpy()
            ordered = [*sorted(x[x > 0], reverse=True), 0]
            if ordered[0]:
                about = {**dict(zip(_SEGMENTS, segments, strict=True)), "facet": "genre", "value": value}
                largest = {"largest": ordered[0], "second": ordered[1]}
                rows.append({**about, "viewers": int((x > 0).sum()), "amount": x.sum(), **largest})
    return pd.DataFrame(rows)


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


def test_a_heavy_viewer_among_many_decides_no_share_and_no_segment() -> None:
    heavy = told(audience(200, Crime={7: 5_000}))
    assert ("all", "all", "Crime") not in heavy and ("age_band", "young", "Crime") not in heavy
    assert not [key for key in heavy if key[0] == "all"], "what is left of everybody's whole would be the one's too"
    drama = audience(200, Western=dict.fromkeys(range(200), 9), Drama={7: 5_000})
    cells = told(drama)
    assert ("age_band", "young", "Crime") not in cells, "its share is of a whole that one viewer decides"


def test_just_as_much_as_the_rule_allows_is_told() -> None:
    flat = audience(40, Crime=dict.fromkeys(range(40), 1))
    for amount, is_told in ((38, True), (39, False)):  # the others, without the second, have 38
        viewers = flat.assign(Crime=np.where(np.arange(40) == 7, amount, 1), age_band="young", gender="female")
        assert (("all", "all", "Crime") in told(viewers)) == is_told


def test_what_is_left_between_a_segment_and_a_wider_one_is_no_single_viewer_s() -> None:
    viewers = audience(200).assign(gender="female")
    viewers["age_band"] = np.where(np.arange(200) < 120, "inner", "outer")
    viewers["gender"] = np.where(np.arange(200) < 160, "female", "male")  # the forty between them
    viewers["Horror"] = np.where(np.arange(200) < 120, 2, 0) + np.where(np.arange(200) >= 160, 3, 0)
    viewers.loc[130, "Horror"] = 500
    made = told(viewers)
    assert not {("age_band", "inner", "Horror"), ("gender", "female", "Horror")} <= set(made)


@pytest.mark.parametrize(("between", "is_told"), [(20, True), (19, False)])
def test_twenty_viewers_between_a_segment_and_a_wider_one_are_enough(between: int, is_told: bool) -> None:
    viewers = audience(200)
    viewers["age_band"] = np.where(np.arange(200) < 120, "inner", "outer")
    viewers["gender"] = np.where(np.arange(200) < 120 + between, "female", "male")
    assert ({("age_band", "inner", "Crime"), ("gender", "female", "Crime")} <= set(told(viewers))) == is_told


def holds(x: np.ndarray) -> bool:
    """The p % rule with p = 100: without the two largest there is at least as much as the largest."""
    ordered = np.sort(x)[::-1]
    return bool(ordered[2:].sum() >= ordered[0]) if len(ordered) > 1 else not ordered.any()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.integers(40, 200), st.integers(0, 2**31), st.floats(0.5, 3.0))
def test_no_cell_and_no_difference_of_cells_is_decided_by_one_viewer(count: int, seed: int, tail: float) -> None:
    chance = np.random.default_rng(seed)
    bands = chance.choice(["a", "b", "c"], count, p=[0.5, 0.3, 0.2])
    viewers = pd.DataFrame(
        {
            "all": "all",
            "age_band": bands,
            # half the time the one facet's segments lie within the other's
            "gender": np.where(bands == "a", "f", chance.choice(["f", "m"], count)) if seed % 2 else bands,
            **{genre: np.ceil(chance.pareto(tail, count) * (chance.random(count) < 0.8)) for genre in "PQRS"},
        }
    ).astype(dict.fromkeys("PQRS", int))
    viewers = viewers[viewers[list("PQRS")].sum(axis=1) > 0].reset_index(drop=True)
    made = set(told(viewers))
    inside = {pair: (viewers[pair[0]] == pair[1]).to_numpy() for pair in {key[:2] for key in made}}
    for facet, segment, genre in made:
        those = viewers[inside[facet, segment]]
        assert holds(those[genre].to_numpy()) and holds(those[list("PQRS")].sum(axis=1).to_numpy())
        for other, wider in inside.items():
            left = wider & ~inside[facet, segment]
            if (*other, genre) in made and not (inside[facet, segment] & ~wider).any() and left.any():
                assert holds(viewers.loc[left, genre].to_numpy())
    for facet, segment in inside:
        hidden = [genre for genre in "PQRS" if (facet, segment, genre) not in made]
        assert holds(viewers.loc[inside[facet, segment], hidden].sum(axis=1).to_numpy()) or len(hidden) == 4


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
    cells, _, amounts = tables(audience(100))
    everybody = cells[cells["segment_facet"] == "all"]
    both = pd.concat([everybody, everybody.assign(segment_facet="gender", segment="untold")])
    made = released(both, joint, amounts.assign(gender="untold", occupation="job 0"))
    assert set(made["segment_facet"]) == {"all"}, "of two that differ by fifteen viewers one is told"
