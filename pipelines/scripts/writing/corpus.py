"""The training text of writers: plays, put into Fountain, and synopses of films.

Plays carry dialogue, and what is said of films carries genres. A piece to learn from is a film's first sentence as its
premise, a scene that opens with the others, and a stretch of a play in the same tone.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from models.screenplay.fragment import plain
from models.screenplay.grammar import fountain, kind
from models.scripts.asked import Header, Piece
from pipelines.lake.box_office import names_of
from pipelines.platform.errors import BadSplit
from pipelines.scripts.writing.plays import Speech, pinero, shakespeare
from pipelines.scripts.writing.scene_setting import heading, tone_of_genres, tone_of_words

SHAKESPEARE = Path("tinyshakespeare") / "input.txt"
PINERO = Path("plays") / "pinero_mind_the_paint_girl.txt"
_SPEECHES = 8  # of a play in a piece
_PREMISES = 3  # films that open one stretch of a play, at most
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"'])")
_WHOLE = (".", "!", "?")
_LONGEST = 600  # characters of what a film is about
_MOST_GENRES = 3
_GENRES = (  # those that most films share; data sets tell of a hundred kinds of them
    *("Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History"),
    *("Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Science Fiction", "Thriller", "War", "Western"),
)
_MARKS = "*_[]#"

Stretch = Sequence[Speech]


def read_plays(content: Path) -> list[Stretch]:
    """Read the plays of a folder in stretches of some speeches; raises BadSplit where a play is missing."""
    found = [shakespeare(read_text(content / SHAKESPEARE)), pinero(read_text(content / PINERO, "latin-1"))]
    return [play[at : at + _SPEECHES] for play in found for at in range(0, len(play), _SPEECHES)]


def read_films(boxoffice: Path) -> pd.DataFrame:
    """Read films.parquet of a folder: `genres` and `synopsis` of films with both; raises BadSplit if it is missing."""
    path = boxoffice / "films.parquet"
    if not path.is_file():
        raise BadSplit(f"{path} is missing: give --boxoffice a folder with films.parquet")
    films = pd.read_parquet(path, columns=["overview", "genres"]).dropna()
    return pd.DataFrame({"genres": films["genres"].map(names_of), "synopsis": films["overview"]})


def pieces(stretches: Sequence[Stretch], films: pd.DataFrame) -> list[Piece]:
    """Pieces to learn from: of plays, and of films with a play's dialogue (a narrator where there are no plays).

    Args:
        films: `genres` (names) and `synopsis`, one row a film, as silver/films has them; of more than there is room
            for, every so many.
    """
    if films.empty:
        return [_of_play(stretch) for stretch in stretches]
    most = _PREMISES * len(stretches) or len(films)
    some = films.iloc[:: -(-len(films) // most)]
    turns = _by_tone(stretches)
    made = (
        _of_film(list(genres), cleaned(synopsis), turns)
        for genres, synopsis in zip(some["genres"], some["synopsis"], strict=True)
    )
    return [piece for piece in made if piece]


def cleaned(text: str) -> str:
    """The text in one line, with only those characters that have a place in the grammar."""
    composed = plain(unicodedata.normalize("NFC", text))
    known = "".join(char if kind(char) else "" if char in _MARKS else " " for char in composed)
    return " ".join(known.split())


def _by_tone(stretches: Sequence[Stretch]) -> dict[str, Iterator[Stretch]]:
    """Stretches by their tone: tone → an iterator that repeats them without end."""
    tones = [tone_of_words(_spoken_text(stretch)) for stretch in stretches]
    return {
        tone: itertools.cycle([each for each, its in zip(stretches, tones, strict=True) if its == tone])
        for tone in dict.fromkeys(tones)
    }


def _of_film(genres: list[str], synopsis: str, turns: dict[str, Iterator[Stretch]]) -> Piece | None:
    """A film as a piece: a premise, a scene, and the next stretch of its tone from `turns`; None if unusable."""
    sentences = [each for each in _SENTENCE.split(synopsis[:_LONGEST]) if each.endswith(_WHOLE)]
    if not genres or not sentences:
        return None
    tone = tone_of_genres(genres)
    premise, *more = sentences if tone in turns else ("", *sentences[:-1])
    action = [sentence for sentence in more if fountain().accepts(f"INT. ROOM\n\n{sentence}")]
    spoken = next(turns[tone]) if tone in turns else [Speech("NARRATOR", (sentences[-1],))]
    script = "\n\n".join([heading(synopsis), *action, *(speech.fountain for speech in spoken)])
    shared = [name for name in genres if name in _GENRES] or genres
    header = Header(tuple(shared[:_MOST_GENRES]), tone)
    return Piece(header, premise, script) if fountain().accepts(script) else None


def _of_play(stretch: Stretch) -> Piece:
    """A stretch of a play as a piece: a guessed heading, then its speeches."""
    said = _spoken_text(stretch)
    tone = tone_of_words(said)
    script = "\n\n".join([heading(said), *(speech.fountain for speech in stretch)])
    return Piece(Header(("Comedy" if tone == "light" else "Drama",), tone), "", script)


def _spoken_text(stretch: Stretch) -> str:
    """All lines of a stretch's speeches, in one."""
    return " ".join(line for speech in stretch for line in speech.lines)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Read the text of a play from its file; raises BadSplit where it is missing."""
    if not path.is_file():
        raise BadSplit(f"{path} is missing: give --content a folder that has {SHAKESPEARE} and {PINERO}")
    return path.read_text(encoding=encoding)
