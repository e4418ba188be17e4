"""The box office answers to date, rivals and taste."""

from collections import defaultdict
from dataclasses import fields, replace

import numpy as np
import pytest

from streaming.audience.box_office import (
    calendar,
    gross_if_opened,
    in_cinemas,
    opening_grosses,
    pressure,
    week_of_grosses,
)
from streaming.audience.clock import first_day
from streaming.audience.event_stream import opening
from streaming.audience.films import Films, films_known
from streaming.audience.vocabulary import GENRES
from streaming.audience.world import World
from streaming.schema.events import BoxOfficeDay
from tests.streaming.audience.stage import pseudonym

WORLD = World(7)
DAYS = np.arange(0, 14)


def two_films(genres: tuple[int, int], released: tuple[int, int]) -> Films:
    """Two films alike but for one genre each and their days of release."""
    first = films_known(7, 20, 0).first(1)
    both = Films(*(np.repeat(getattr(first, column.name), 2, axis=0) for column in fields(Films)))
    return replace(both, genres=np.eye(len(GENRES), dtype=bool)[list(genres)], released=np.array(released))


@pytest.fixture(scope="module")
def history() -> list[BoxOfficeDay]:
    return [event for event, _ in opening(WORLD, pseudonym) if isinstance(event, BoxOfficeDay)]


def test_a_rival_of_the_same_genre_lowers_the_gross_from_its_opening_on() -> None:
    films = two_films(genres=(1, 1), released=(0, 7))
    left = pressure(films, np.array([0, 1]), DAYS)
    assert (left[0, :7] == 1).all()
    assert (left[0, 7:] < 0.95).all()


@pytest.mark.parametrize(("genres", "released"), [((1, 2), (0, 7)), ((1, 1), (0, 15))])
def test_another_genre_or_a_distant_date_is_no_rival(genres: tuple[int, int], released: tuple[int, int]) -> None:
    assert (pressure(two_films(genres, released), np.array([0, 1]), DAYS) == 1).all()


def test_a_film_alone_has_no_rival() -> None:
    assert (pressure(two_films((1, 1), (0, 0)), np.array([0]), DAYS) == 1).all()


def test_the_weekend_takes_most_of_a_week(history: list[BoxOfficeDay]) -> None:
    by_weekday = np.zeros(7)
    for event in history:
        by_weekday[event.date.weekday()] += event.gross
    assert 0.65 < by_weekday[4:].sum() / by_weekday.sum() < 0.85


def test_holidays_and_summer_are_high() -> None:
    labor_day, plain_monday = calendar(36)[0], calendar(35)[0]  # 2015-09-07 and the Monday before it
    july, october = calendar(27)[5], calendar(40)[5]
    assert labor_day > 1.8 * plain_monday
    assert july > 1.2 * october


def test_budget_quality_and_taste_open_a_film() -> None:
    films = films_known(7, 400, 0)
    rows = np.arange(400)
    plain = opening_grosses(WORLD, films, rows)
    assert (opening_grosses(WORLD, replace(films, budget=2 * films.budget), rows) > plain).all()
    assert (opening_grosses(WORLD, replace(films, quality=films.quality + 1), rows) > plain).all()
    liked = WORLD.public_taste(0) > 0.1
    assert plain[liked].mean() > 1.2 * plain[~liked].mean()


def test_history_is_sixty_weeks_of_a_full_programme(history: list[BoxOfficeDay]) -> None:
    films = defaultdict(set)
    for event in history:
        films[event.date].add(event.film_id)
    assert len(films) == 60 * 7
    assert 25 <= min(map(len, films.values())) <= max(map(len, films.values())) <= 50


def test_runs_are_six_to_fourteen_weeks_and_fade() -> None:
    rows, grosses = week_of_grosses(WORLD, -20)
    _, later = week_of_grosses(WORLD, -15)
    films = WORLD.films_of(0)
    assert (films.weeks >= 6).all()
    assert (films.weeks <= 14).all()
    started = grosses[:, 0] > 0
    stays = started & np.isin(rows, in_cinemas(films, -15))
    still = np.isin(in_cinemas(films, -15), rows[stays])
    assert (later[still].sum(axis=1) < grosses[stays].sum(axis=1)).all()


def test_nothing_is_taken_before_the_release_or_after_the_run() -> None:
    films = WORLD.films_of(3)
    rows, grosses = week_of_grosses(WORLD, 3)
    age = first_day(3) + np.arange(7) - films.released[rows, None]
    assert (grosses[(age < 0) | (age >= 7 * films.weeks[rows, None])] == 0).all()
    assert (grosses[(age >= 0) & (age < 7 * films.weeks[rows, None])] > 0).all()


def test_rank_one_took_most_on_its_day(history: list[BoxOfficeDay]) -> None:
    days = defaultdict(list)
    for event in history:
        days[event.date].append((event.rank, -event.gross, event.screens))
    for ranked in map(sorted, days.values()):
        assert [rank for rank, *_ in ranked] == list(range(1, len(ranked) + 1))
        assert [gross for _, gross, _ in ranked] == sorted(gross for _, gross, _ in ranked)
        assert all(screens > 0 for *_, screens in ranked)


def test_a_film_on_its_own_date_takes_what_it_is_told_to_take() -> None:
    row = int(np.flatnonzero(WORLD.films_of(0).released >= first_day(3))[0])
    told = [week_of_grosses(WORLD, week) for week in range(1, 40)]
    total = sum(float(grosses[running == row].sum()) for running, grosses in told)
    assert gross_if_opened(WORLD, row, int(WORLD.films_of(0).released[row])) == total > 0


def test_another_date_is_worth_what_its_season_and_its_rivals_are() -> None:
    row = int(np.flatnonzero(WORLD.films_of(0).released >= first_day(3))[0])
    on = {week: gross_if_opened(WORLD, row, first_day(week) + 4) for week in (10, 25, 26, 40)}
    assert len(set(on.values())) == 4
    assert max(on.values()) / min(on.values()) < 4  # it is one film, whatever its date
