"""Catalogue events: what the public may know of a film, never its quality or whom it suits."""

from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np

from streaming.audience.clock import HOUR_MS, date_of, midnight
from streaming.audience.films import Films, film_id
from streaming.audience.numeric import generator
from streaming.audience.vocabulary import (
    ADJECTIVES,
    CERTIFICATES,
    DISTRIBUTORS,
    FIRST_NAMES,
    GENRES,
    LAST_NAMES,
    TITLES,
    Words,
)
from streaming.schema.events import FilmDescribed, derive_id

_PRESS_HOUR = 15  # UTC, at which films are announced
_NAMES = tuple(GENRES)


class PublicFacts(NamedTuple):
    """Genres, title and synopsis of a film."""

    genres: tuple[str, ...]
    title: str
    synopsis: str


def described(seed: int, films: Films, row: int) -> FilmDescribed:
    """The event that announces a film."""
    film, facts = film_id(row), facts_of(seed, films, row)
    words = films.words[row]
    director, *others = films.cast[row].tolist()
    return FilmDescribed(
        event_id=derive_id("audience", seed, "described", film),
        occurred_at=announced_at(films, row),
        film_id=film,
        title=facts.title,
        genres=facts.genres,
        people=tuple(_person_name(number) for number in dict.fromkeys(films.cast[row].tolist())),
        release_date=date_of(films.released[row]),
        budget=float(films.budget[row]) if films.disclosed[row] else None,
        synopsis=facts.synopsis,
        distributor=_word_at(DISTRIBUTORS, words[4]),
        certificate=_word_at(CERTIFICATES, words[5]),
        runtime_minutes=float(films.minutes[row]),
        directors=(_person_name(director),),
        stars=tuple(_person_name(number) for number in dict.fromkeys(others)),
    )


def announced_at(films: Films, row: int) -> int:
    """When a film is announced, UTC ms."""
    return midnight(int(films.announced[row])) + _PRESS_HOUR * HOUR_MS


def facts_of(seed: int, films: Films, row: int) -> PublicFacts:
    """Genres, made-up title and synopsis of a film; the synopsis mentions all its genres."""
    genres = tuple(_NAMES[g] for g in np.flatnonzero(films.genres[row]))
    words, lead = films.words[row], int(films.words[row][0]) % len(genres)
    first, *others = (GENRES[genre] for genre in genres[lead:] + genres[:lead])
    plot = f"{_word_at(first.heroes, words[1])} {_word_at(first.deeds, words[2])}."
    turns = [_word_at(other.turns, words[3]) for other in others] or [_word_at(first.turns, words[3])]
    return PublicFacts(genres, _title_of(seed, row, first), " ".join([plot, *turns]))


def _title_of(seed: int, row: int, words: Words) -> str:
    """A title; titles repeat only after 1,800 films: as many as there are pairs and nouns of a genre."""
    pairs = _title_pairs(seed)
    slot = row % len(pairs)
    template, adjective = pairs[slot]
    return template.format(adjective=adjective, noun=_word_at(words.nouns, slot + row // len(pairs)))


@lru_cache(maxsize=16)
def _title_pairs(seed: int) -> list[tuple[str, str]]:
    """Every template with every adjective, shuffled."""
    pairs = list(product(TITLES, ADJECTIVES))
    return [pairs[place] for place in generator(seed, "titles").permutation(len(pairs))]


def _person_name(number: int) -> str:
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]}"


def _word_at(words: tuple[str, ...], number: int) -> str:
    return words[int(number) % len(words)]
