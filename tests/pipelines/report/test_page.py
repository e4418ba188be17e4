"""The page says what the JSON says, needs nothing but itself, and gives in to no hostile name."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from pipelines.report.inputs import ReportInputs
from pipelines.report.page import build_report, render_page
from tests.pipelines.report.report_example import (
    HOSTILE,
    actuals,
    cycle,
    data,
    example,
    forecasts,
    market,
    outlooks,
    segments,
)

Element = ElementTree.Element


def tree_of(page: str) -> Element:
    """The page, which is well-formed XML too, so that a parser can vouch for it."""
    return ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>"))


def text_of(element: Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def named(tree: Element, name: str) -> list[Element]:
    return [element for element in tree.iter() if element.tag.rpartition("}")[2] == name]


def numbers_of(value: Any) -> Iterator[float]:
    """All numbers of a JSON value."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        yield from numbers_of(part)
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield value


@pytest.fixture(scope="module")
def page() -> str:
    return render_page(example())


@pytest.fixture(scope="module")
def tree(page: str) -> Element:
    return tree_of(page)


def test_every_number_of_the_json_stands_on_the_page(tree: Element) -> None:
    written = json.loads(example().report.to_json())
    seconds = {float(second) for turn in written["cycles"] for second in turn["seconds"].values()}
    shown = Counter(float(element.attrib["value"]) for element in named(tree, "data"))
    wanted = Counter(float(number) for number in numbers_of(written))
    assert seconds < set(wanted)
    assert not wanted - shown


def test_what_people_read_is_what_programs_read(tree: Element) -> None:
    for element in named(tree, "data"):
        text, value = text_of(element), float(element.attrib["value"])
        read = float(re.sub(r"[^0-9.\-]", "", text)) / (100 if text.endswith("%") else 1)
        assert read == pytest.approx(value, abs=0.0500001 if "." in text and "%" not in text else 0.000500001)


@pytest.mark.parametrize("shown", ["8.1 %", "13.2 %", "0.074", "45.1 %", "78.4 %", "0.600", "1,203", "11.2"])
def test_numbers_are_written_for_people(tree: Element, shown: str) -> None:
    assert shown in {text_of(element).replace("\u202f", " ") for element in named(tree, "data")}


def test_the_headline_tells_first_and_last(tree: Element) -> None:
    headline = text_of(next(element for element in tree.iter() if element.get("class") == "tiles"))
    headline = headline.replace("\u202f", " ")
    assert "Click-through cycle 3 13.2 % from 8.1 % in cycle 1 ▲ +63 %, better" in headline
    assert "Regret cycle 3 0.600 from 0.800 in cycle 1 ▼ −25 %, better" in headline
    assert "NDCG@10 cycle 3 0.074 against the baseline’s 0.061 ▲ +21 %, better" in headline
    assert "WAPE cycle 3 32.0 % against the baseline’s 45.1 % ▼ −29 %, better" in headline
    assert "click‑through is 63 % above cycle 1" in text_of(named(tree, "h1")[0]).replace("\u202f", " ")


def test_a_loop_that_learns_nothing_is_not_praised() -> None:
    worse = [cycle(1), {**cycle(2), "feedback": {"ctr": 0.05, "regret": 0.9}}]
    text = text_of(tree_of(render_page(ReportInputs(cycles=worse)))).replace("\u202f", " ")
    assert "click‑through is 38 % below cycle 1" in text
    assert "▼ −38 %, worse" in text
    assert "▲ +12 %, worse" in text


def test_it_needs_nothing_but_itself(page: str, tree: Element) -> None:
    links = [value for element in tree.iter() for name, value in element.attrib.items() if name.endswith("href")]
    outside = {link for link in links if not link.startswith(("#", "data:"))}
    assert outside == {"report.json", "script.html", "http://127.0.0.1:3000"}
    assert not [element for element in tree.iter() if "src" in element.attrib]
    assert not named(tree, "script")
    assert "@import" not in page
    assert set(re.findall(r"url\((.)", page)) == {"#"}


def test_ids_are_unique_and_references_find_theirs(page: str, tree: Element) -> None:
    identities = Counter(element.attrib["id"] for element in tree.iter() if "id" in element.attrib)
    assert identities.most_common(1)[0][1] == 1
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', page)) <= set(identities)


def test_all_plots_are_drawn_where_there_is_data(tree: Element) -> None:
    plots = [element for element in tree.iter() if element.get("class") == "plot"]
    assert len(plots) == 10 + 6 + 2 + 2 + 2  # by cycle, films, films before they open, the market, the past
    assert all(named(plot, "svg") and named(plot, "path") for plot in plots)
    assert len({plot.attrib["aria-label"] for plot in plots}) == len(plots)


def test_colours_follow_the_readers_scheme(page: str) -> None:
    for plot in re.findall(r"<svg xmlns:xlink.*?</svg>", page, flags=re.DOTALL):
        assert not re.findall("#[0-9a-f]{6}", plot)
        assert "var(--ink)" in plot or "var(--quiet)" in plot


def test_hostile_names_stay_text(tree: Element) -> None:
    text = text_of(tree)
    assert text.count(HOSTILE) == 3 + 1  # the forecaster's reasons, the quarantine's
    hostile = forecasts().assign(title=HOSTILE)
    turn = {**cycle(1), "seconds": {HOSTILE: 3.5}}
    named_so = {
        "forecasts": hostile,
        "outlooks": outlooks().assign(title=HOSTILE),
        "market": market()[0].assign(title=HOSTILE),
    }
    again = tree_of(render_page(example(cycles=[turn], **named_so)))
    assert not named(again, "script")
    assert [text_of(title) for title in named(again, "h4")] == [HOSTILE] * 10
    assert (
        text_of(again).count(HOSTILE) == 1 + 1 + 1 + 6 + 4 + 2
    )  # reason, quarantine, stage, films, outlooks twice, and the market


def test_only_web_addresses_are_links(tree: Element) -> None:
    texts = {text_of(element) for element in named(tree, "a")}
    assert "http://127.0.0.1:3000" in texts
    assert "javascript:alert(1)" in {text_of(element) for element in named(tree, "code")}
    assert "javascript:alert(1)" not in texts


def test_rows_are_accounted_for(tree: Element) -> None:
    text = text_of(tree)
    assert "210,100 bronze = 210,006 silver + 34 duplicates + 60 quarantined" in text
    assert "Every row is accounted for" in text
    parts: dict[str, Any] = {"quarantine": [("unknown film", 60)]}
    short = text_of(tree_of(render_page(ReportInputs(data={**data(), "bronze": 210_103}, **parts))))
    assert "210,103 bronze ≠ 210,006 silver" in short
    assert "Rows of bronze that nobody accounts for: 3 ." in short
    over = text_of(tree_of(render_page(ReportInputs(data={**data(), "bronze": 210_098}, **parts))))
    assert "Rows on the right that bronze does not hold: 2 ." in over


def test_failed_checks_come_first(tree: Element) -> None:
    text = text_of(tree)
    assert "1 of 2 checks failed" in text
    assert text.index("rows are there") < text.index("event_id is unique")
    good = text_of(tree_of(render_page(ReportInputs(checks=[("a", "b", True, "c")]))))
    assert "1 of 1 checks passed" in good


def test_the_gate_gives_its_reasons(tree: Element) -> None:
    gate = next(element for element in tree.iter() if element.get("id") == "gate")
    rows = [text_of(row) for row in named(gate, "tr")[1:]]
    assert len(rows) == 18
    assert rows[0].startswith("1 transitions 1 recommender NDCG@10 0.072 0.061 ✓ promoted no worse than")
    assert rows[3].startswith("1 stack outlook-30/1 outlook, 30 days ahead error of the log 0.742 0.931 ✓ promoted")
    assert rows[5].startswith("1 recommender/9 what served artifact – – ○ kept torn or foreign, and what served before")
    assert "○ kept no worse than what serves: gain of cycle 3" in rows[12]


def test_an_empty_report_says_why() -> None:
    text = text_of(tree_of(render_page(ReportInputs())))
    assert "The loop has not been measured yet." in text
    assert "No cycle has finished yet: cineloop run --once makes the first." in text
    assert "No candidate has come to the gate yet." in text
    assert "Bronze has not been counted" in text
    assert "The broker was not asked for its topics." in text


def test_nulls_everywhere_are_dashes_and_sentences() -> None:
    nothing = ReportInputs(cycles=({"cycle": 1}, {"cycle": 2}), topics=(), checks=(), quarantine=())
    text = text_of(tree_of(render_page(nothing)))
    assert "No slate has been answered yet, so there is no click-through." in text
    assert "No viewing events have arrived, so there was nothing to learn from." in text
    assert "No box office has arrived, so there was nothing to forecast from." in text
    assert "No stage of a cycle was timed." in text
    assert "Nothing is in quarantine" in text
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_replayed_data_has_a_hit_rate_and_no_regret() -> None:
    turns = [
        {**cycle(number), "forecaster": None, "feedback": {"slates": 5, "hit_rate@10": 0.1 + 0.02 * number}}
        for number in (1, 2)
    ]
    text = text_of(tree_of(render_page(example(cycles=turns, forecasts=None)))).replace("\u202f", " ")
    assert "No simulator: real data has no hidden truth, so regret is not known." in text
    assert "replayed viewers never saw these slates, so there is no click-through" in text
    assert "hit rate is 17 % above cycle 1" in text
    assert "No forecaster has come to the gate yet" in text


def test_same_inputs_give_the_same_bytes_and_are_left_alone(tmp_path: Path) -> None:
    made, real = forecasts(), actuals()
    inputs = example(forecasts=made, actuals=real)
    first = build_report(inputs, tmp_path / "a").read_bytes()
    assert build_report(inputs, tmp_path / "b").read_bytes() == first
    assert (tmp_path / "a/report.json").read_bytes() == (tmp_path / "b/report.json").read_bytes()
    assert made.equals(forecasts())
    assert real.equals(actuals())


def test_a_reader_of_the_old_report_keeps_it_whole(tmp_path: Path) -> None:
    index = build_report(ReportInputs(), tmp_path)
    before = index.read_bytes()
    with index.open("rb") as reader:
        assert build_report(ReportInputs(cycles=({"cycle": 1},)), tmp_path) == index
        assert reader.read() == before
    assert index.read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "report.json"]


def test_a_report_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    build_report(ReportInputs(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ValidationError, match="more than once"):
        build_report(ReportInputs(cycles=(cycle(1), cycle(1))), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_every_films_outlooks_stand_against_what_came(tree: Element) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "outlooks"]
    said = text_of(section)
    assert "$12, inside the last interval" in said and "still to come" in said
    assert "26: $10 ($8–$12)" in said and "19: $10 ($8–$13)" in said, "days before the opening, and the quantiles then"
    assert len(named(section, "svg")) >= 2


def test_without_outlooks_the_page_says_why() -> None:
    cycles = [{**cycle(1), "outlooks": [{"lead": 30, "reason": "3 films have run"}]}]
    made = tree_of(render_page(example(cycles=cycles, outlooks=None)))
    (found,) = [element for element in made.iter() if element.get("id") == "outlooks"]
    assert "No film was forecast before it opened: 3 films have run." in text_of(found)


def test_segments_show_what_sets_them_apart_and_what_rises(tree: Element) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "segments"]
    said = text_of(section)
    assert "The month from 2023-05-01" in said and "gender: women <1>" in said and "rising" in said


def test_a_period_of_which_no_genre_is_published_leaves_the_one_before_on_the_page() -> None:
    published = segments()
    newest = published["period"] == published["period"].max()
    for rows, said in ((newest, "The month from 2023-04-01"), (newest | ~newest, "No period is published yet")):
        made = tree_of(render_page(example(segments=published.assign(facet=published["facet"].mask(rows, "decade")))))
        (found,) = [element for element in made.iter() if element.get("id") == "segments"]
        assert said in text_of(found)


def test_without_a_published_period_the_page_says_why() -> None:
    for nothing in (None, segments().iloc[:0]):
        made = tree_of(render_page(example(segments=nothing)))
        (found,) = [element for element in made.iter() if element.get("id") == "segments"]
        assert "No period is published yet" in text_of(found)


def test_the_market_stands_against_what_came(tree: Element) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "market"]
    said = text_of(section)
    assert "All films" in said and "Drama" in said and "2 of 4 days inside the interval" in said
    assert "market/2" in said and "612,345,672" in said.replace("\u202f", "")
    assert len([svg for svg in named(section, "svg") if svg.get("width") is None]) >= 4


def test_without_a_market_the_page_says_why() -> None:
    cycles = [{**cycle(1), "market": {"reason": "3 films have run"}}]
    made = tree_of(render_page(example(cycles=cycles, market=None, market_actuals=None)))
    (found,) = [element for element in made.iter() if element.get("id") == "market"]
    assert "The market was not forecast: 3 films have run." in text_of(found)


def test_campaigns_say_to_whom_trailers_were_shown_and_what_they_added(tree: Element) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "campaigns"]
    said = text_of(section).replace("\u202f", "")
    assert "campaign/2" in said and "1,592" in said and "2.5" in said


def test_without_a_campaign_the_page_says_why() -> None:
    for nothing in (None, {"made": 0, "viewers": 0, "shown": 0, "over": 0, "reason": "no campaign is over yet"}):
        made = tree_of(render_page(example(cycles=[{**cycle(1), "campaigns": nothing}])))
        (found,) = [element for element in made.iter() if element.get("id") == "campaigns"]
        assert "No film opens soon enough for a campaign" in text_of(found)


def test_drafts_stand_with_what_readers_gave_and_the_best_is_a_page_of_its_own(tree: Element, tmp_path: Path) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "scripts"]
    said = text_of(section).replace("\u202f", "")
    assert "writer/2 32 7 82 2.631 2.931 2.331 0.103 0.313" in said
    (gate,) = [element for element in tree.iter() if element.get("id") == "gate"]
    assert "judge of scripts error of log appeal" in text_of(gate) and "judges of cycle 3" in text_of(gate)
    assert len([svg for svg in named(section, "svg") if svg.get("width") is None]) >= 2
    (link,) = named(section, "a")
    assert link.get("href") == "script.html" and text_of(link) == "Horror for <taste>, briefed, cycle 2"
    build_report(example(), tmp_path)
    screenplay = (tmp_path / "script.html").read_text()
    assert "<h6>INT. CELLAR - NIGHT</h6>" in screenplay and "<p>Who is there?</p>" in screenplay
    assert "http" not in screenplay.split("</head>")[1], "it needs nothing but itself"


def test_without_a_draft_the_page_says_why() -> None:
    reason = "the past is replayed, and nobody in it reads"
    for note, told in (
        ({"drafts": 0, "reason": reason}, f"Nothing was drafted: {reason}."),
        ({"drafts": 6}, "No draft has been read yet."),
    ):
        made = tree_of(render_page(example(cycles=[{**cycle(1), "scripts": note}], screenplay=None)))
        (found,) = [element for element in made.iter() if element.get("id") == "scripts"]
        assert told in text_of(found)


def test_the_past_stands_beside_the_live_forecasts(tree: Element) -> None:
    (section,) = [element for element in tree.iter() if element.get("id") == "boxoffice"]
    said = text_of(section).replace("\u202f", " ")
    assert "each of 3 weeks, from 2023-04-03 to 2023-04-17" in said
    assert "In the median week WAPE was 22.0 % , the baseline’s 41.5 % , and 77.0 % of the days" in said


def test_without_a_back_test_the_page_names_the_verb() -> None:
    made = tree_of(render_page(example(history=None)))
    (section,) = [element for element in made.iter() if element.get("id") == "boxoffice"]
    assert "cineloop backtest --from 2019-01-01 forecasts from every week since" in text_of(section)
