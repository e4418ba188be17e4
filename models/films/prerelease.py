"""What is known of films some days before they open: one table, whoever asks, a lake or an evaluation.

Films are a frame with film_id, title, opens (a date), overview, certificate, runtime_minutes, budget, distributor
(may be missing), theatres (of the opening; NaN or missing where not known yet) and the lists of `past.LISTS` as tuples.
"""

import numpy as np
import pandas as pd

from models.base.days import day_number, weekday
from models.films.calendar import distances, season
from models.films.comparables import Comparables, Descriptions
from models.films.facts import facts, log_budget
from models.films.market import Market, mean_of_known
from models.films.past import FloatArray, IntArray, Money, PastReleases
from models.films.rivals import REACH, rivals
from models.films.track_records import Names, apart, title_opening, title_stem, together

_NEAR_HOLIDAY = 30  # days
_DISTRIBUTOR = Names("distributor", "distributor", half_life=1.0, years=4.0)
_EACH_STAR = Names("stars", "each star", first=6)
_TOGETHER = (
    Names("directors", "director"),
    Names("writers", "writers"),
    Names("stars", "first star", first=1),
    Names("stars", "three stars", first=3),
    Names("companies", "first company", first=1, half_life=2.0, years=6.0),
    Names("companies", "companies", first=5, half_life=3.0, years=8.0),
    _DISTRIBUTOR,
    Names("distributor", "distributor lately", half_life=0.5, years=1.0),
    Names("stem", "franchise", half_life=8.0),
    Names("opening words", "like-named films", half_life=8.0),
)
_APART = (
    _EACH_STAR,
    Names("companies", "each company", first=5, half_life=3.0),
    Names("genres", "each genre", half_life=1.0, years=3.0),
)
_EXPECTED_FROM = ("budget", "distributor: mean", "each star: mean standing", "comparable films: mean")
SIZE = "size by facts"


def prerelease_table(
    films: pd.DataFrame, past: PastReleases, lead: int, genres: list[str], money: Money = "domestic"
) -> pd.DataFrame:
    """Features of films as known `lead` days before each opens: a row a film in the order given, all floats.

    Nothing that happened on that day or later is in it: changing it changes no value (tested).
    """
    opens = day_number(films["opens"])
    by, market, told = opens - lead, Market.of(past.daily), Descriptions.of(films, past)
    columns = {
        **facts(films, genres),
        **season(opens),
        "weekday": weekday(opens).astype(np.float64),
        "year": 1970 + opens / 365.25,
        **distances(opens, _NEAR_HOLIDAY, "opening"),
        **market.standing(by),
        "worth of the season": market.worth(opens),
        **_records(films, past, by, money),
        **told.comparables(by, money).columns(),
    }
    size = _expected_size(columns)
    columns |= {SIZE: size, **rivals(films, opens, size, _rival_sizes(films, past, told, by - REACH, money))}
    if "theatres" in films:
        columns |= _bookings(films["theatres"], columns)
    return pd.DataFrame(columns)


def comparable_films(films: pd.DataFrame, past: PastReleases, lead: int, money: Money = "domestic") -> Comparables:
    """The earlier films that each film is most like, and what they had taken `lead` days before it opens."""
    return Descriptions.of(films, past).comparables(day_number(films["opens"]) - lead, money)


def _expected_size(columns: dict[str, FloatArray]) -> FloatArray:
    """What a film should take by facts alone, log dollars: the mean of four rough guesses, of those that there are."""
    return np.nan_to_num(mean_of_known([columns[name] for name in _EXPECTED_FROM]), nan=14.5)


def _rival_sizes(films: pd.DataFrame, past: PastReleases, told: Descriptions, by: IntArray, money: Money) -> FloatArray:
    """What each film should take by facts alone, log dollars, as known when the first film that it rivals is asked."""
    ours = _titled(films)
    return _expected_size(
        {
            "budget": log_budget(films),
            **together(ours, past, by, _DISTRIBUTOR, money),
            **apart(ours, past, by, _EACH_STAR, money),
            **told.comparables(by, money).columns(),
        }
    )


def _bookings(theatres: pd.Series, columns: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Columns on how widely a film opens, and beside what is usual for its distributor, stars, budget and size."""
    booked = np.log(theatres.where(theatres > 0).to_numpy(dtype=np.float64))
    return {
        "theatres": booked,
        "theatres over the distributor's": booked - columns["distributor: theatres"],
        "theatres over the stars'": booked - columns["three stars: theatres"],
        "budget a theatre": columns["budget"] - booked,
        "size a theatre": columns[SIZE] - booked,
    }


def _records(films: pd.DataFrame, past: PastReleases, by: IntArray, money: Money) -> dict[str, FloatArray]:
    """Columns of track records: of each film's people, companies, distributor, franchise and title."""
    ours, known = _titled(films), PastReleases(_titled(past.films), past.daily)
    columns: dict[str, FloatArray] = {}
    for names in _TOGETHER:
        columns |= together(ours, known, by, names, money)
    for names in _APART:
        columns |= apart(ours, known, by, names, money)
    return columns


def _titled(films: pd.DataFrame) -> pd.DataFrame:
    """A copy of the films with a distributor (None if missing), title stem and opening words."""
    named = films if "distributor" in films else films.assign(distributor=None)
    return named.assign(**{"stem": named["title"].map(title_stem), "opening words": named["title"].map(title_opening)})
