"""What writers learn from: plays and films become screenplays, by rules that can be followed by eye."""

from pathlib import Path

import pandas as pd
import pytest

from models.screenplay.grammar import fountain
from models.scripts.asked import Header
from pipelines.platform.errors import BadSplit
from pipelines.scripts.writing.corpus import cleaned, pieces, read_films, read_plays
from pipelines.scripts.writing.plays import Speech, pinero, shakespeare
from pipelines.scripts.writing.scene_setting import heading, tone_of_genres, tone_of_words

VERSE = """First Citizen:
Before we proceed, hear me.
The gods know.

All:
Speak, speak.

Stage noise without a cue.
"""
PLAY = """The Project Gutenberg EBook

  THE FIRST ACT

_The scene is a room._

ROPER.

[_To FARNCOMBE._] Hul-lo! I'm in luck-- [_Shaking hands._] How d'ye
_do_?

GLADYS.

He's out.



LORD FARNCOMBE withdraws.

MRS. UPJOHN.

[_She sings._]

End of Project Gutenberg's play
"""
FILMS = pd.DataFrame(
    {
        "genres": [["Crime", "Drama"], ["Comedy"], ["Drama"], []],
        "synopsis": [
            "A thief plans a murder. He waits in the street at night. Nobody comes.",
            "Two clowns “fall” in love. They dance in a garden.",
            "One sentence in a *school*.",
            "No genre is known.",
        ],
    }
)


def test_verse_becomes_speeches() -> None:
    assert shakespeare(VERSE) == [
        Speech("FIRST CITIZEN", ("Before we proceed, hear me.", "The gods know.")),
        Speech("ALL", ("Speak, speak.",)),
    ]


def test_a_printed_play_becomes_speeches_and_its_licence_is_left_out() -> None:
    assert pinero(PLAY) == [
        Speech("ROPER", ("(to farncombe)", "Hul-lo! I'm in luck-- How d'ye do?")),
        Speech("GLADYS", ("He's out.",)),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("He waits in the street at night.", "EXT. STREET - NIGHT"),
        ("A house by the sea.", "INT. HOUSE - DAY"),
        ("Nobody comes.", "INT. ROOM - DAY"),
    ],
)
def test_where_a_text_plays(text: str, said: str) -> None:
    assert heading(text) == said


def test_tones() -> None:
    assert [tone_of_genres(g) for g in (["Comedy", "Crime"], ["Comedy"], ["Drama"])] == ["dark", "light", "serious"]
    assert [tone_of_words(t) for t in ("Blood and love, blood!", "Sweet love", "A chair")] == [
        "dark",
        "light",
        "serious",
    ]


def test_a_film_opens_a_stretch_of_a_play_in_its_tone() -> None:
    dark, light = [Speech("ALL", ("Blood and death.",))], [Speech("ANNA", ("Sweet love.",))]
    crime, comedy, drama = pieces([light, dark], FILMS)
    assert crime.header == Header(("Crime", "Drama"), "dark") and crime.premise == "A thief plans a murder."
    assert crime.script == (
        "EXT. STREET - NIGHT\n\nHe waits in the street at night.\n\nNobody comes.\n\nALL\nBlood and death."
    )
    assert comedy.premise == 'Two clowns "fall" in love.' and comedy.script.endswith("ANNA\nSweet love.")
    assert drama.script == "INT. SCHOOL - DAY\n\nNARRATOR\nOne sentence in a school."


def test_where_there_are_no_plays_a_narrator_speaks_and_where_there_are_no_films_plays_stand_alone() -> None:
    crime, comedy, drama = pieces([], FILMS)
    assert crime.premise == "" and crime.script == (
        "EXT. STREET - NIGHT\n\nA thief plans a murder.\n\nHe waits in the street at night.\n\nNARRATOR\nNobody comes."
    )
    assert [piece.script.splitlines()[-2] for piece in (comedy, drama)] == ["NARRATOR"] * 2
    (alone,) = pieces([[Speech("ANNA", ("Sweet love in a garden.",))]], FILMS.head(0))
    assert alone == (Header(("Comedy",), "light"), "", "EXT. GARDEN - DAY\n\nANNA\nSweet love in a garden.")


def test_of_many_films_every_so_many_are_taken() -> None:
    many = pd.concat([FILMS.head(1)] * 50, ignore_index=True)
    assert len(pieces([[Speech("ALL", ("Blood.",))]] * 5, many)) <= 15


def test_signs_that_have_no_place_are_left_out() -> None:
    assert cleaned("A *café*,\n[sic] — “so”…") == 'A café, sic -- "so"...'


def test_a_folder_without_plays_or_films_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSplit, match=r"input\.txt is missing: give --content"):
        read_plays(tmp_path)
    with pytest.raises(BadSplit, match=r"films\.parquet is missing: give --boxoffice"):
        read_films(tmp_path)


def test_the_real_plays_and_films_become_screenplays(real_data: Path) -> None:
    stretches, films = read_plays(real_data / "content"), read_films(real_data / "boxoffice")
    assert sum(map(len, stretches)) > 8000 and len(films) > 10_000
    made = pieces(stretches, films.head(600))
    assert len(made) > 500 and all(fountain().accepts(piece.script) for piece in made)
    assert {piece.header.tone for piece in made} == {"light", "serious", "dark"}
    lines = {line for stretch in stretches for speech in stretch for line in speech.fountain.split("\n")}
    assert "ROPER" in lines and not any("Gutenberg" in line for line in lines)
