"""Which tastes are called rising or falling: those that move, and few of those that do not."""

import numpy as np
import pandas as pd

from models.audience.trends import COLUMNS, trends

_ERROR = 0.01


def releases(shares: dict[str, list[float]], noise: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Periods of one segment whose tastes have these shares."""
    chance = np.random.default_rng(seed)
    rows = [
        {
            **{"period": f"2001-{month:02d}-01", "segment_facet": "gender", "segment": "female", "facet": "genre"},
            **{"value": value, "viewers": 100, "share": share + noise * chance.standard_normal(), "error": _ERROR},
            "share_of_all": 0.1,
        }
        for value, each in shares.items()
        for month, share in enumerate(each, 1)
    ]
    return pd.DataFrame(rows)


def test_a_taste_that_moves_is_called_so_with_its_interval() -> None:
    made = trends(releases({"Crime": [0.2, 0.2, 0.3], "Drama": [0.3, 0.3, 0.2], "War": [0.1, 0.1, 0.1]}))
    assert list(made.columns) == list(COLUMNS)
    by_value = made.set_index("value")
    assert by_value["trend"].to_dict() == {"Crime": "rising", "Drama": "falling", "War": "steady"}
    crime = by_value.loc["Crime"]
    assert crime["before"] == 0.2 and abs(crime["change"] - 0.1) < 1e-9
    half = 1.2816 * _ERROR * np.sqrt(1 + 1 / 2)
    assert abs(crime["high"] - crime["change"] - half) < 1e-4


def test_where_nothing_moves_hardly_anything_is_called_a_trend() -> None:
    shares = {f"genre {number}": [0.1] * 5 for number in range(100)}
    called = [(trends(releases(shares, noise=_ERROR, seed=seed))["trend"] != "steady").any() for seed in range(60)]
    assert np.mean(called) < 0.25, "a false discovery rate of 10 % is a chance of 10 % where nothing is true"


def test_one_period_has_no_trend_and_a_new_cell_none_either() -> None:
    assert trends(releases({"Crime": [0.2]})).empty
    assert trends(releases({}).reindex(columns=["period", "share"])).empty
    grown = pd.concat([releases({"Crime": [0.2, 0.2]}), releases({"War": [0.5, 0.5]}).iloc[1:]])
    assert trends(grown)["value"].tolist() == ["Crime"]
