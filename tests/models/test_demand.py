"""What viewing says of a film that has not opened: answers that can be solved by eye."""

import numpy as np
import pandas as pd
import pytest

from models.films.demand import COLUMNS, LIKE, PLAY, RATE, SEARCH, Viewing, demand_table

_BY = 200
_FILMS = pd.DataFrame(
    {
        "film_id": ["war", "war too", "drama", "drama too", "newest"],
        "genres": [("War",), ("War",), ("Drama",), ("Drama",), ("War",)],
        "people": [("Ann",), ("Bo",), ("Cy",), ("Ann",), ("Di",)],
        "released": [0, 0, 0, 0, _BY - 3],
    }
)
_ASKED = pd.DataFrame({"genres": [("War",), ("Drama",)], "people": [("Ann",), ("Nobody",)]})


def _events(*told: tuple[str, str | None, int, int, float, str | None]) -> pd.DataFrame:
    """Events of a type, film and day, so many times each."""
    rows = [(kind, film, day, rating, query) for kind, film, day, times, rating, query in told for _ in range(times)]
    return pd.DataFrame(rows, columns=["type", "film_id", "day", "rating", "query"])


def _plays(film: str, day: int, times: int) -> tuple[str, str, int, int, float, None]:
    return PLAY, film, day, times, np.nan, None


_STEADY = [_plays(film, day, 1) for film in _FILMS["film_id"][:4] for day in range(40, _BY)]


def _table(*told: tuple, by: int = _BY) -> pd.DataFrame:
    viewing = Viewing.of(_FILMS, _events(*_STEADY, *told))
    return demand_table(_ASKED, viewing, np.full(len(_ASKED), by))


def test_where_all_are_watched_alike_nothing_is_in_demand() -> None:
    assert list(_table()) == list(COLUMNS)
    np.testing.assert_allclose(_table()[list(COLUMNS[:3])], 0.0)


def test_a_genre_that_is_watched_more_lately_is_in_demand_and_rising_and_the_other_is_not() -> None:
    war, drama = _table(_plays("war too", _BY - 5, 100)).itertuples(index=False)
    assert war[0] > 0.3 > war[1] > 0 and war[2] > 0.1
    assert drama[0] < 0 and drama[2] < 0


def test_likes_and_stars_count_beside_those_of_all_films() -> None:
    liked = (LIKE, "war", _BY - 9, 40, np.nan, None)
    rated = [(RATE, "war", _BY - 9, 40, 5.0, None), (RATE, "drama", _BY - 9, 40, 3.0, None)]
    found = _table(liked, *rated)
    assert found["viewing: likes of like films"][0] > 0 > found["viewing: likes of like films"][1]
    np.testing.assert_allclose(found["viewing: ratings of like films"], [40 / 45, -40 / 45])


def test_searches_for_a_genre_by_its_name_count() -> None:
    found = _table((SEARCH, None, _BY - 2, 60, np.nan, "war"), (SEARCH, None, _BY - 2, 60, np.nan, "what is on"))
    columns = ["viewing: searches for its genres", "viewing: searches for its genres, trend"]
    assert (found.loc[0, columns[0]], found.loc[0, columns[1]]) == (pytest.approx(np.log(65 / 35)), 0.0)
    assert found.loc[1, columns[0]] < 0


def test_films_of_the_same_people_count_whatever_their_genre() -> None:
    column = "viewing: plays of its people's films"
    assert _table(_plays("drama too", _BY - 5, 200))[column][0] > 0.25
    assert _table(_plays("drama too", _BY - 5, 200))[column][1] == 0.0, "nobody's films"


def test_the_day_of_the_forecast_and_later_days_and_films_just_out_change_nothing() -> None:
    later = [_plays("war", _BY, 500), _plays("war", _BY + 20, 500), _plays("newest", _BY - 1, 500)]
    pd.testing.assert_frame_equal(_table(*later), _table())


def test_before_a_quarter_of_viewing_nothing_is_said() -> None:
    assert _table(by=40 + 90).isna().all(axis=None) and _table(by=40 + 91).notna().all(axis=None)
