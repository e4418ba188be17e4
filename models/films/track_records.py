"""Track records: grosses of earlier films of a film's people, companies and franchise, by the day of the forecast."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.films.past import FloatArray, IntArray, Money, PastReleases

_DAYS_A_YEAR = 365.0
_AT_ONCE = 500  # rows
_TYPICAL = 14.5  # log dollars that an unknown name is drawn to: two million
_NUMBERED = re.compile(r"\b(part|chapter|episode|volume|vol)\b.*$|\b(ii|iii|iv|v|vi|vii|viii|ix|x|xi)\b$|\b\d+\b")


@dataclass(frozen=True)
class Names:
    """Whose track record: a column of names, how many of them count, and how far back with which half-life."""

    column: str
    label: str
    first: int | None = None  # of the names, in the order of their billing
    half_life: float = 5.0  # years
    years: float | None = None


def together(
    films: pd.DataFrame, past: PastReleases, by: IntArray, names: Names, money: Money
) -> dict[str, FloatArray]:
    """Columns of one record of all earlier films that share a name: number, best, last, fading mean, scale."""
    pairs = _pairs(films, past, by, names, money).drop_duplicates(["film", "earlier"])
    pairs = pairs.sort_values(["film", "out", "earlier"])
    budget = np.log(past.films["budget"].to_numpy(dtype=np.float64)[pairs["earlier"]])
    theatres = np.log(past.theatres(pairs["earlier"].to_numpy(), pairs["by"].to_numpy()))
    pairs = pairs.assign(multiple=pairs["gross"] - budget, theatres=theatres)
    of_films = pairs.groupby("film")
    record = {
        "films": of_films.size(),
        "best": of_films["gross"].max(),
        "last": of_films["gross"].last(),
        "mean": _weighted(pairs, "gross"),
        "theatres": of_films["theatres"].mean(),
        "years since": of_films["age"].min(),
        "gross over budget": _weighted(pairs[np.isfinite(pairs["multiple"])], "multiple"),
    }
    columns = {f"{names.label}: {name}": _by_film_position(values, len(films)) for name, values in record.items()}
    return columns | {f"{names.label}: films": np.nan_to_num(columns[f"{names.label}: films"])}


def apart(films: pd.DataFrame, past: PastReleases, by: IntArray, names: Names, money: Money) -> dict[str, FloatArray]:
    """Columns of a record for each name, shrunk to what is typical where it is short: mean and best of the names."""
    pairs = _pairs(films, past, by, names, money)
    pairs = pairs.assign(weighted=pairs["gross"] * pairs["weight"])
    own = pairs.groupby(["film", "name"]).agg(
        weighted=("weighted", "sum"), weight=("weight", "sum"), best=("gross", "max")
    )
    own["standing"] = (own["weighted"] + _TYPICAL) / (own["weight"] + 1.0)
    of_films = own.groupby("film")
    record = {
        "mean standing": of_films["standing"].mean(),
        "best standing": of_films["standing"].max(),
        "experience": of_films["weight"].sum(),
        "mean of the best": of_films["best"].mean(),
    }
    return {f"{names.label}: {name}": _by_film_position(values, len(films)) for name, values in record.items()}


def title_stem(title: str) -> tuple[str, ...]:
    """A key that films of a franchise share, `Shrek 2` → (`shrek`,); empty where it would be too short."""
    plain = _plain_title(title.lower().split(":")[0].split(" - ")[0])
    stem = " ".join(_NUMBERED.sub(" ", plain).split())
    return (stem,) if len(stem) > 2 else ()


def title_opening(title: str) -> tuple[str, ...]:
    """The first two words of a longer title, `Harry Potter and the …` → (`harry potter`,), else empty."""
    words = _plain_title(title.lower()).split()
    opening = " ".join(words[:2])
    return (opening,) if len(words) >= 3 and len(opening) >= 7 else ()


def _plain_title(title: str) -> str:
    """Words of letters and digits alone, without a leading article."""
    words = re.sub(r"[^a-z0-9 ]", " ", title).split()
    return " ".join(words[1:] if words[:1] in (["the"], ["a"], ["an"]) else words)


def _pairs(films: pd.DataFrame, past: PastReleases, by: IntArray, names: Names, money: Money) -> pd.DataFrame:
    """A row for each film, name and earlier film with that name that has a gross: gross (log), age (years), weight."""
    ours = _long(films, names).assign(by=lambda rows: by[rows["film"]])
    theirs = _long(past.films, names).rename(columns={"film": "earlier"})
    theirs = theirs[theirs["name"].isin(set(ours["name"]))].assign(out=lambda rows: past.out[rows["earlier"]])
    reach = _DAYS_A_YEAR * (names.years or np.inf)
    pairs = pd.concat([_joined(some, theirs, reach) for some in _in_portions(ours)], ignore_index=True)
    gross = np.log1p(past.gross(pairs["earlier"].to_numpy(), pairs["by"].to_numpy(), money))
    age = (pairs["by"] - pairs["out"]) / _DAYS_A_YEAR
    return pairs.assign(gross=gross, age=age, weight=0.5 ** (age / names.half_life))[np.isfinite(gross)]


def _in_portions(ours: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows sorted by time and cut into portions, since a common name joins each film with thousands."""
    ordered = ours.sort_values(["by", "film"], kind="stable")
    return [ordered.iloc[begin : begin + _AT_ONCE] for begin in range(0, max(1, len(ordered)), _AT_ONCE)]


def _joined(ours: pd.DataFrame, theirs: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Each film's name beside earlier films with that name, at most `reach` days back."""
    within = (theirs["out"] < ours["by"].max()) & (theirs["out"] > ours["by"].min() - reach)
    pairs = ours.merge(theirs[within], on="name")
    since = pairs["by"] - pairs["out"]
    return pairs[(since > 0) & (since < reach)]


def _long(films: pd.DataFrame, names: Names) -> pd.DataFrame:
    """A row for each film (its position) and each of its names."""
    lists = (value[: names.first] if isinstance(value, tuple) else (value,) for value in films[names.column])
    rows = [(name, film) for film, told in enumerate(lists) for name in dict.fromkeys(told) if isinstance(name, str)]
    return pd.DataFrame(rows, columns=["name", "film"]).astype({"name": object, "film": np.int64})


def _weighted(pairs: pd.DataFrame, column: str) -> pd.Series:
    """The weighted mean of a column by film."""
    total = (pairs[column] * pairs["weight"]).groupby(pairs["film"]).sum()
    return total / pairs.groupby("film")["weight"].sum()


def _by_film_position(values: pd.Series, films: int) -> FloatArray:
    """Values for the films 0 … `films` - 1, NaN where there is none."""
    return values.reindex(range(films)).to_numpy(dtype=np.float64)
