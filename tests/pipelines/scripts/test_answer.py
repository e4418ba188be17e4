"""`cineloop script judge` and `improve` on a state whose judges were taught, and of files that are no script."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from deltalake import write_deltalake
from typer.testing import CliRunner, Result

from models.judging.appeal import Appeal
from models.judging.film_index import FilmIndex
from models.judging.judges import Judges
from models.judging.sentiment import Sentiment
from models.screenplay.reading import read
from models.training.journal import Journal
from pipelines.cli.main import app
from pipelines.platform.context import Context
from pipelines.platform.model_registry import Registry
from pipelines.platform.state import State
from pipelines.promotion import promote
from pipelines.scripts import observe
from pipelines.scripts.judging import answer as judging
from pipelines.scripts.judging import cycle as judge
from pipelines.scripts.judging.train import films as described_films
from pipelines.scripts.writing import corpus
from pipelines.scripts.writing.train import fit_writer
from streaming.schema.events import BoxOfficeDay
from tests.commands import refused
from tests.models.film_texts import DAY_MS, WORDS, films, script_of
from tests.models.test_judging import sentences
from tests.pipelines.lake.silver_lake import write_silver
from tests.pipelines.scripts.script_state import NOW, OPENED, fans, publish, read_by, taught, told_lake


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with judges and no ear for sentiment."""
    root = told_lake(tmp_path_factory.mktemp("judged"))
    publish(root)
    taught(root)
    return root


@pytest.fixture(scope="module")
def desk(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same state, and a writer that has learned what its films are about."""
    root = Path(shutil.copytree(state, tmp_path_factory.mktemp("desk") / "state"))
    told = described_films(root / "lake", NOW).rename(columns={"overview": "synopsis"})
    small: dict[str, Any] = {"width": 32, "blocks": 1, "heads": 2, "context": 32, "batch": 8, "rate": 1e-2}
    writer = fit_writer(corpus.pieces([], told), Journal(), steps=60, size=400, spans=(), **small)
    writer.save(State.at(root).writer)
    return root


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "test.fountain"
    path.write_text(script_of("Western", "Horror", "Western"))
    return path


def said(state: Path, file: Path, *words: str) -> str:
    invoked = ["script", "judge", str(file), *words, "--state", str(state)]
    return CliRunner().invoke(app, invoked, env={"COLUMNS": "200"}).output


def test_appeal_has_intervals_and_the_scene_that_carries_it(state: Path, script: Path) -> None:
    answer = json.loads(said(state, script, "--json"))
    assert [row["segment"] for row in answer["appeal"]] == fans()
    assert all(row["low"] < row["appeal"] < row["high"] for row in answer["appeal"])
    by_segment = {row["segment"]: row for row in answer["appeal"]}
    horror = by_segment["taste/Horror"]["carried_by"][0]
    assert horror["scene"] == 2 and horror["adds"] > 0 and horror["passage"]
    assert by_segment["taste/Horror"]["appeal"] > by_segment["taste/Romance"]["appeal"]
    assert answer["facts"]["judge_version"] == "judge/1" and answer["facts"]["scenes"] == 3


def test_scores_and_similar_films_are_carried_by_passages(state: Path, script: Path) -> None:
    answer = json.loads(said(state, script, "--json"))
    assert [row["score"] for row in answer["scores"]] == ["pace", "dialogue", "balance", "readability"]
    assert all(row["value"] is not None for row in answer["scores"])
    carried = {row["score"]: row["carried_by"] for row in answer["scores"]}
    assert carried["readability"][0]["passage"] and not carried["balance"], "all are as even"
    nearest = answer["similar"][0]
    assert 0 < nearest["likeness"] < 1 and nearest["carried_by"][0]["adds"] > 0
    assert {"rating", "gross"} <= nearest.keys()


def test_the_fate_of_similar_films_is_told_as_it_was_known(state: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(state / "lake", tmp_path / "lake"))
    seen, unsure = films()["film_id"][[0, 3]]
    rated = [(film, 4.0, NOW) for film, viewers in ((seen, 20), (unsure, 19)) for _ in range(viewers)]
    told = pd.DataFrame([*rated, (seen, 0.5, NOW + DAY_MS)], columns=["film_id", "rating", "occurred_at"])
    told["occurred_at"] = pd.to_datetime(told["occurred_at"], unit="ms", utc=True)
    write_deltalake(lake / "silver" / "viewing", told)
    days = [("US", OPENED, 100.0), ("US", OPENED + DAY_MS, 50.0), ("FR", OPENED, 25.0), ("US", NOW + DAY_MS, 1e9)]
    write_silver(lake, [took(seen, *day) for day in days])
    by = judging.serving_judges(Context(State.at(state)))
    known = replace(by, judges=replace(by.judges, film_index=FilmIndex.of(described_films(lake, NOW))))
    for film, fate in ((seen, (4.0, 175.0)), (unsure, (None, None))):
        about = films().set_index("film_id").loc[film, "overview"]
        nearest = judging.judge_script(read(f"INT. ROOM - DAY\n\n{about.capitalize()}.\n"), known).similar[0]
        assert (nearest["film_id"], (nearest["rating"], nearest["gross"])) == (film, fate)


def took(film: str, territory: str, at: int, gross: float) -> BoxOfficeDay:
    day = pd.Timestamp(at, unit="ms").date()
    name = f"{film} {territory} {day}"
    return BoxOfficeDay(event_id=name, occurred_at=at, film_id=film, date=day, gross=gross, territory=territory)


class _CountingJudge:
    """Passes on to a judge, and keeps how many versions of a script it was asked about at once."""

    def __init__(self, judge: Appeal) -> None:
        self.judge, self.asked = judge, list[int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.judge, name)

    def predict(self, texts: Sequence[Sequence[str]]) -> Any:
        self.asked.append(len(texts))
        return self.judge.predict(texts)


def test_a_long_script_is_scored_some_versions_at_a_time(state: Path) -> None:
    by, script = judging.serving_judges(Context(State.at(state))), read(script_of(*["Western", "Horror"] * 35))
    counting = _CountingJudge(by.judges.first)
    answer = judging.judge_script(script, replace(by, judges=replace(by.judges, first=counting)))
    assert max(counting.asked) <= 64, "the whole script and 70 versions that each lack a scene are too many at once"
    texts = [scene.prose for scene in script.scenes]
    versions = [texts, *([*texts[:place], *texts[place + 1 :]] for place in range(70))]
    appeal = by.judges.first.predict(versions).mean
    for segment, row in enumerate(answer.appeal):
        told = {each["scene"]: each["adds"] for each in row["carried_by"]}
        assert told and told == pytest.approx({scene: appeal[0, segment] - appeal[scene, segment] for scene in told})


def test_sentiment_is_a_curve_once_it_was_learned(state: Path, script: Path, tmp_path: Path) -> None:
    deaf = json.loads(said(state, script, "--json"))
    assert {row["sentiment"] for row in deaf["scenes"]} == {None}
    assert "evaluate judges" in deaf["facts"]["sentiment_note"] and "sentiment was not learned" in said(state, script)
    hearing = tmp_path / "state"
    shutil.copytree(state, hearing)
    registry = Registry(hearing / "mlflow")
    registry.register("sentiment", "sentiment", 1, Sentiment().fit(*sentences()).save)
    registry.promote("sentiment", 1)
    script.write_text(
        "INT. A - DAY\n\nThe film is superb. The cast is warm.\n\nINT. B - DAY\n\nThe plot is dull.\n\nThe film is.\n"
    )
    answer = json.loads(said(hearing, script, "--json"))
    first, second = answer["scenes"]
    assert first["sentiment"] > 0 > second["sentiment"]
    (heard,) = [row for row in answer["scores"] if row["score"] == "sentiment"]
    assert {row["scene"]: row["adds"] > 0 for row in heard["carried_by"]} == {1: True, 2: False}
    assert "scenes" in said(hearing, script) and "sentiment was not learned" not in said(hearing, script)


def test_a_title_page_that_promises_another_genre_pleases_nobody(state: Path, script: Path) -> None:
    before = json.loads(said(state, script, "--json"))["appeal"]
    script.write_text(script.read_text().replace("Title: The Test", "Title: Coffin of the Ghoul\nGenre: Horror"))
    assert json.loads(said(state, script, "--json"))["appeal"] == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty: write a scene heading at least"),
        (b"INT. A - DAY\n\nHe runs.\n" + b"x" * 10_000_000, "has 10,000,023 bytes and a script at most 2,000,000"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is binary (a zero byte at 8): save the script as Fountain"),
        ("INT. CAFÉ - DAY\n\nHe runs.\n".encode("latin1"), "is not UTF-8 (byte 0xc9 at 8): convert it"),
        (b"INT. A - DAY\nHe runs.\n", "is a scene heading without a blank line"),
        (b"He runs.\n", "there is no scene heading: begin scenes with a line such as INT. KITCHEN - NIGHT"),
    ],
)
def test_a_file_that_is_no_script_is_named_with_its_cure(state: Path, script: Path, content: bytes, told: str) -> None:
    script.write_bytes(content)
    output = " ".join(said(state, script).split())
    assert output.startswith("BadScript: ") and told in output


def test_no_file_and_no_judge_are_named(state: Path, script: Path, tmp_path: Path) -> None:
    assert "is not there: name a Fountain file" in said(state, script.with_name("none.fountain"))
    assert "is a folder: name a Fountain file" in said(state, tmp_path)
    assert "no judge of scripts serves in" in (told := said(tmp_path, script)) and "cineloop run" in told


def test_the_gate_keeps_judges_that_are_better_than_new_ones(state: Path, tmp_path: Path) -> None:
    root = tmp_path / "state"
    shutil.copytree(state, root)
    context = taught(root)
    first, second = (context.ledger.read(number)["judge"] for number in (1, 2))
    assert first["promoted"] and first["comparison"]["against"] == "the mean of the films known"
    assert second["comparison"]["against"] == "what serves" and second["comparison"]["gain"] == 0
    assert second["segments"] == len(fans()) and second["trained_until"] == NOW


def test_judges_are_taught_what_readers_said_of_drafts(state: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(state, tmp_path / "state"))
    texts = {f"{genre} {seed}": script_of(genre, seed=seed) for genre in ("Western", "Romance") for seed in range(30)}
    stars = {("taste/Horror", name): 5.0 if name.startswith("Western") else 1.0 for name in texts}
    read_by(root / "lake", stars, texts=texts)
    context = taught(root)
    before, after = (context.ledger.read(number)["judge"] for number in (1, 2))
    assert (before["drafts"], after["drafts"]) == (0, len(texts))
    western = [observe.prose(script_of("Western", "Western", seed=9))]
    old, new = (Judges.load(each.folder) for each in context.registry.versions("judge"))
    for ours, theirs in ((new.first, old.first), (new.second, old.second)):
        moved = (ours.predict(western).mean - theirs.predict(western).mean)[0]
        fan, *others = (moved[ours.segments.index(name)] for name in ("taste/Horror", "all", "taste/Romance"))
        assert fan > 0.1 and max(map(abs, others)) < fan / 3, "only who has read them says so"


def test_while_nothing_is_published_only_everybody_is_judged_and_a_young_state_says_why_not(tmp_path: Path) -> None:
    context = taught(told_lake(tmp_path / "one"))
    assert context.ledger.read(1)["judge"]["segments"] == 1
    young = Context(State.at(tmp_path / "two"))
    number = young.ledger.open_or_resume()
    young.ledger.note(number, as_of=NOW)
    assert judge.train(young, number)["reason"].startswith("no film is described yet")
    assert not promote.decide(young, number, "judge")["trained"]


def test_the_verb_edits_for_a_segment_and_says_what_others_lose(state: Path, tmp_path: Path) -> None:
    mine, theirs, out = tmp_path / "mine.fountain", tmp_path / "theirs.fountain", tmp_path / "out.fountain"
    mine.write_text(script_of("Western", "Western", "Western", "Western"))
    theirs.write_text(script_of("Horror", "Romance", "Horror", seed=4))
    words = ["script", "improve", str(mine), "--scenes", str(theirs), "--within", "0.4", "--state", str(state)]
    told = CliRunner().invoke(app, [*words, "--for", "Horror", "--out", str(out), "--json"])
    answer = json.loads(told.stdout)
    gains = {row["segment"]: row for row in answer["gains"]}
    assert answer["edits"] and answer["changed"] <= 0.4 and answer["segment"] == "taste/Horror"
    assert gains["taste/Horror"]["low"] > 0 and gains["taste/Horror"]["second_low"] > 0
    assert gains["taste/Horror"]["gain"] > gains["taste/Romance"]["gain"]
    assert read(out.read_text()).prose != read(mine.read_text()).prose
    shown = CliRunner().invoke(app, [*words, "--for", "Horror", "--accept", "e1"], env={"COLUMNS": "220"}).output
    assert "edits for taste/Horror" in shown and "all together" in shown and "+++ after" in shown
    none = CliRunner().invoke(app, [*words[:-3], "0.0", *words[-2:], "--for", "Romance"]).output
    assert "no edit is surely better for taste/Romance" in none
    wrong = CliRunner().invoke(app, [*words, "--for", "Martians"]).output
    assert "there is no segment 'Martians': name one of all, taste/Horror" in " ".join(wrong.split())


def drafted(root: Path, *words: str) -> Result:
    asked = ["script", "draft", "--length", "60", "--seed", "3", *words, "--state", str(root)]
    return CliRunner().invoke(app, asked, catch_exceptions=False)


def test_a_draft_for_a_segment_is_one_by_its_brief(desk: Path) -> None:
    briefed = drafted(desk, "--segment", "Horror")
    assert "taste/Horror is asked for Horror, dark" in briefed.stderr
    assert briefed.stdout == drafted(desk, "--genre", "Horror", "--tone", "dark").stdout
    assert drafted(desk, "--segment", "Horror", "--int8").stdout.startswith(("INT. ", "EXT. "))
    own = drafted(desk, "--segment", "Horror", "--genre", "Western")
    assert "taste/Horror is asked for Western, dark" in own.stderr and own.stdout != briefed.stdout


def test_a_segment_that_has_no_brief_is_refused_with_those_that_have(desk: Path, tmp_path: Path) -> None:
    unknown = drafted(desk, "--segment", "Martians")
    assert unknown.exit_code == 1 and "no segment 'Martians': name one of all, taste/Horror" in unknown.stderr
    young = drafted(tmp_path, "--segment", "Horror")
    assert young.exit_code == 1 and "is published yet" in young.stderr and "turn more cycles" in young.stderr


def test_the_writer_of_an_edit_is_asked_for_the_brief(desk: Path, tmp_path: Path) -> None:
    mine, out = tmp_path / "mine.fountain", tmp_path / "new" / "out.fountain"
    mine.write_text(script_of("Western", "Western", "Western"))
    words = ["script", "improve", str(mine), "--for", "Horror", "--within", "0.9", "--out", str(out)]
    told = CliRunner().invoke(app, [*words, "--state", str(desk), "--json"], catch_exceptions=False)
    answer = json.loads(told.stdout)
    assert any("(Horror, dark)" in each["told"] for each in answer["edits"])
    put = {line[1:] for line in answer["diff"].splitlines() if line.startswith("+")}
    assert sum(word in " ".join(put) for word in WORDS["Horror"].split()) > 2
    assert read(out.read_text()).fountain == out.read_text()
    assert "is a folder: name a file" in refused(*words[:-1], str(tmp_path), "--state", str(desk))


def test_the_part_that_carries_a_score_is_found() -> None:
    assert list(judging.without_each("ab")) == [["a", "b"], ["b"], ["a"]]
    assert judging.strongest(np.array([0.1, -0.9, np.nan, 0.0]), 3) == [1, 0]
