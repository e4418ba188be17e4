"""What the plots show: which films and days, and what comes of many cycles."""

import re

import pandas as pd
import pytest

from pipelines.report.contract import Cycle, Feedback
from pipelines.report.figures import charts
from pipelines.report.figures.bands import bands_of
from pipelines.report.figures.lines import line_svg
from tests.pipelines.report.report_example import actuals, cycle, forecasts


def test_the_six_largest_films_with_actuals_are_chosen() -> None:
    bands = bands_of(forecasts(), actuals())
    assert [band.film_id for band in bands] == ["f7", "f6", "f5", "f4", "f3", "f2"]
    assert [band.title for band in bands][:2] == ["Film 7", "Film 6"]


def test_only_days_that_were_forecast_make_a_film_large() -> None:
    early = pd.DataFrame({"film_id": ["f1"], "date": [pd.Timestamp("2023-05-01")], "gross": [1e9]})
    bands = bands_of(forecasts(), pd.concat([actuals(), early]))
    assert "f1" not in [band.film_id for band in bands]


def test_a_day_is_shown_with_its_newest_forecast() -> None:
    band = bands_of(forecasts(), actuals())[0]
    assert band.forecast["date"].dt.day.tolist() == [1, 2, 3, 4, 5, 6]
    assert band.forecast["cycle"].tolist() == [1, 1, 2, 2, 2, 2]


def test_days_inside_the_interval_are_counted() -> None:
    """12.5 × film is above cycle 1's q90 of 12 × film on two days, and below cycle 2's 13 × film on two."""
    band = bands_of(forecasts(), actuals())[0]
    assert (band.inside, band.met) == (2, 4)
    assert band.actual["date"].min() == pd.Timestamp("2023-05-30")


def test_a_film_without_a_title_goes_by_its_id() -> None:
    untitled = forecasts().assign(title=None)
    assert bands_of(untitled, actuals())[0].title == "f7"


@pytest.mark.parametrize("dates", ["datetime", "text", "date"])
def test_dates_may_come_in_any_of_their_types(dates: str) -> None:
    made = forecasts()
    if dates != "datetime":
        made["date"] = made["date"].dt.strftime("%Y-%m-%d") if dates == "text" else made["date"].dt.date
    assert bands_of(made, actuals())[0].met == 4


def test_nothing_forecast_or_nothing_seen_is_no_film() -> None:
    assert bands_of(None, actuals()) == []
    assert bands_of(forecasts(), None) == []
    assert bands_of(forecasts(), actuals().iloc[:0]) == []
    assert bands_of(forecasts(), actuals().assign(gross=float("nan"))) == []


def ticks(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_few_cycles_are_all_named_and_zero_is_on_the_axis() -> None:
    turns = tuple(Cycle.model_validate(cycle(number)) for number in (1, 2, 3))
    texts = ticks(line_svg(charts.CLICK_THROUGH, turns))
    assert texts[:3] == ["1", "2", "3"]
    assert {"0", "cycle", "clicks per film shown (%)", "13.2\u202f%"} <= set(texts)


@pytest.mark.parametrize("last", [20, 59])  # 20 would be cut into steps of 2.5
def test_many_cycles_are_named_in_whole_numbers(last: int) -> None:
    turns = tuple(Cycle(cycle=number, feedback=Feedback(regret=0.3)) for number in range(1, last + 1))
    texts = ticks(line_svg(charts.REGRET, turns))
    axis = texts[: texts.index("cycle")]
    assert 3 <= len(axis) <= 9
    assert all(text.isdigit() for text in axis)


@pytest.mark.parametrize("values", [[0.0], [None, 0.2, None], [0.1, None, 0.3], [-0.1, 0.2]])
def test_lone_missing_and_negative_values_can_be_drawn(values: list[float | None]) -> None:
    turns = tuple(Cycle(cycle=n, feedback=Feedback(regret=value)) for n, value in enumerate(values, 1))
    assert line_svg(charts.REGRET, turns).startswith("<svg")
