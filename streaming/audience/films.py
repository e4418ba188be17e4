"""The films of the world and their hidden truth: when they come, what they are like, how good they are.

Films are released at a steady rate and announced some months before: at the start, the catalogue holds two
years of released films and those that are announced by then, and new announcements go on for ever.
"""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from streaming.audience.clock import WEEK
from streaming.audience.numeric import Booleans, Floats, Integers, generator
from streaming.audience.vocabulary import GENRES

STYLES = 4  # latent dimensions that no genre shows
DIMENSIONS = len(GENRES) + STYLES
PEOPLE = 160
CAST = 4  # of a film; the first is the director
_BACK_WEEKS = 104  # how far back the opening catalogue goes
_SHORTEST_LEAD, _MEAN_LEAD = 6, 30  # weeks from announcement to release
_LONGEST_LEAD = 104
_SEASON = 52  # weeks of announcements that are drawn at once
_FRIDAY = 4
_GENRE_NOISE, _STYLE_NOISE = 0.15, 0.5
_PREVALENCE = np.array([1.2, 1.0, 0.7, 1.4, 0.8, 1.5, 0.9, 0.9, 0.8, 1.1])  # of the genres, in their order


@dataclass(frozen=True)
class Films:
    """Films by column, one row each, in the order of their announcement."""

    announced: Integers  # day
    released: Integers  # day
    genres: Booleans  # (films, genres)
    latent: Floats  # (films, DIMENSIONS): what tastes are held against
    quality: Floats  # standard normal: how much those who watch enjoy it
    appeal: Floats  # about standard normal: how much it draws those who have not seen it
    surprise: Floats  # standard normal: what nobody could have foreseen of its opening
    budget: Floats  # US dollars
    disclosed: Booleans  # whether the budget is known to the public
    weeks: Integers  # the length of its run in cinemas
    minutes: Integers  # running time
    cast: Integers  # (films, CAST): numbers of people
    words: Integers  # (films, 6): picks from the vocabulary

    def __len__(self) -> int:
        """How many films there are."""
        return len(self.released)

    def first(self, count: int) -> "Films":
        """The first `count` films."""
        return Films(*(getattr(self, column.name)[:count] for column in fields(self)))


def film_id(index: int) -> str:
    """The public name of a film."""
    return f"film-{index:05d}"


def films_known(seed: int, count: int, week: int) -> Films:
    """All films announced by the end of `week` (≥ 0), where `count` are known at the start.

    Films keep their rows: those of an earlier week are the first rows of any later one.
    """
    seasons = range(1 - (-week // _SEASON))
    blocks = [_films_of_season(seed, count, season) for season in seasons]
    joined = Films(*(np.concatenate([getattr(b, column.name) for b in blocks]) for column in fields(Films)))
    return joined.first(int(np.searchsorted(joined.announced, week * WEEK)))


@lru_cache(maxsize=64)
def _films_of_season(seed: int, count: int, season: int) -> Films:
    """The opening catalogue (season 0), or what is announced in one later year."""
    chance = generator(seed, "films", season)
    calendar = _opening_calendar(chance, count) if season == 0 else _later_calendar(chance, count, season)
    order = np.argsort(calendar[0], kind="stable")
    return _films(chance, generator(seed, "people"), calendar[0][order], calendar[1][order])


def _opening_calendar(chance: np.random.Generator, count: int) -> tuple[Integers, Integers]:
    """Days of announcement and release of the films known at the start.

    The upcoming ones are as many, and as far ahead, as a steady stream of announcements would leave them.
    """
    back = int(np.ceil(count * _BACK_WEEKS / (_BACK_WEEKS + _MEAN_LEAD)))
    past = -_BACK_WEEKS + np.arange(back) * _BACK_WEEKS // back
    ahead = _opening_weeks_ahead(count - back)
    announced = np.concatenate([past - _lead(chance, back), ahead - _lead(chance, count - back, ahead + 1)])
    days = announced * WEEK + chance.integers(0, WEEK, count)
    return days, np.concatenate([past, ahead]) * WEEK + _FRIDAY


def _opening_weeks_ahead(count: int) -> Integers:
    """Weeks from the start to the release of `count` films, spread as a steady stream of them would be."""
    weeks = np.arange(_LONGEST_LEAD)
    left = np.exp(-np.maximum(weeks - _SHORTEST_LEAD, 0) / (_MEAN_LEAD - _SHORTEST_LEAD))
    return np.searchsorted(np.cumsum(left) / left.sum(), (np.arange(count) + 0.5) / max(count, 1))


def _later_calendar(chance: np.random.Generator, count: int, season: int) -> tuple[Integers, Integers]:
    """Days of announcement and release of the films that are announced in a later year."""
    rate = count / (_BACK_WEEKS + _MEAN_LEAD)
    new = int(rate * _SEASON * season) - int(rate * _SEASON * (season - 1))
    days = (season - 1) * _SEASON * WEEK + chance.integers(0, _SEASON * WEEK, new)
    return days, (days // WEEK + _lead(chance, new)) * WEEK + _FRIDAY


def _lead(chance: np.random.Generator, count: int, least: Integers | int = 0) -> Integers:
    """Weeks from announcement to release, at least `least`: a fixed part and an exponential one."""
    beyond = chance.exponential(_MEAN_LEAD - _SHORTEST_LEAD, count).astype(np.int64)
    shortest = np.maximum(_SHORTEST_LEAD, least)
    return shortest + np.minimum(beyond, _LONGEST_LEAD - _SHORTEST_LEAD)


def _films(chance: np.random.Generator, fame: np.random.Generator, announced: Integers, released: Integers) -> Films:
    """Draw all else of films with these days of announcement and release."""
    count = len(announced)
    genres = _draw_genres(chance, count)
    cast = chance.integers(0, PEOPLE, (count, CAST))
    stardom = fame.standard_normal(PEOPLE)[cast].mean(axis=1) * np.sqrt(CAST)
    quality = chance.standard_normal(count)
    scale = 0.5 * stardom + 0.9 * chance.standard_normal(count)
    return Films(
        announced=announced,
        released=released,
        genres=genres,
        latent=_draw_latent(chance, genres),
        quality=quality,
        appeal=0.5 * quality + 0.4 * scale + 0.7 * chance.standard_normal(count),
        surprise=chance.standard_normal(count),
        budget=np.round(np.clip(np.exp(np.log(3e7) + scale), 1e6, 3e8), -5),
        disclosed=chance.random(count) > 0.08,
        weeks=np.clip(np.rint(11.5 + 2 * quality + chance.standard_normal(count)), 6, 14).astype(np.int64),
        minutes=chance.integers(82, 156, count),
        cast=cast,
        words=chance.integers(0, 2**31, (count, 6)),
    )


def _draw_genres(chance: np.random.Generator, count: int) -> Booleans:
    """One to three genres a film, prevalent ones more often: the Gumbel-top-k trick."""
    keys = np.log(_PREVALENCE) + chance.gumbel(size=(count, len(GENRES)))
    places = np.argsort(np.argsort(-keys, axis=1), axis=1)
    how_many = chance.choice([1, 2, 3], count, p=[0.35, 0.45, 0.2])
    return np.asarray(places < how_many[:, None])


def _draw_latent(chance: np.random.Generator, genres: Booleans) -> Floats:
    """A film's place in the space of tastes: its genres, blurred, and a style that no genre shows."""
    loud = genres / np.sqrt(genres.sum(axis=1, keepdims=True))
    blurred = loud + _GENRE_NOISE * chance.standard_normal(genres.shape)
    style = _STYLE_NOISE * chance.standard_normal((len(genres), STYLES))
    return np.concatenate([blurred, style], axis=1)
