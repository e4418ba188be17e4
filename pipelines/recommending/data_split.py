"""Reading a split of a data set (`train.csv`, `valid.csv`) and the descriptions of its films."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from models.base import columns
from pipelines.platform.errors import BadSplit
from streaming.datasets.dataset import BadLine, DraftEvent
from streaming.datasets.movielens import FilmLines, MovieLens1M, MovieLens100K, MovieLensCsv
from streaming.datasets.text import LineSource, TextDataset, read_lines

_COLUMNS = ["user_id", "item_id", "ts"]
_FORMS: tuple[type[TextDataset], ...] = (MovieLens1M, MovieLens100K, MovieLensCsv)
_YEAR = re.compile(r"\((\d{4})(?:[-–]\d{0,4})?\)")


@dataclass(frozen=True)
class Split:
    """What is known at first, and what came next: two frames of `columns.INTERACTIONS`. The test part stays shut."""

    train: pd.DataFrame
    valid: pd.DataFrame

    @property
    def everything(self) -> pd.DataFrame:
        """Both parts; a pair that is in both counts once, as it first was."""
        return pd.concat([self.train, self.valid]).drop_duplicates([columns.VIEWER, columns.FILM], ignore_index=True)


def read_split(folder: Path) -> Split:
    """Read `train.csv`, `valid.csv` (user_id, item_id, ts in seconds) below `folder`; raises BadSplit if unusable."""
    return Split(_read_events(folder / "train.csv"), _read_events(folder / "valid.csv"))


def read_films(path: Path) -> pd.DataFrame:
    """`movies.dat`, `u.item` or `movies.csv` of MovieLens → `columns.FILMS`, ids as the split has them.

    Raises:
        BadSplit: the file is of another name, is missing, or has no line that describes a film.
    """
    source = _source(path)
    if not path.is_file():
        raise BadSplit(f"{path} is missing: give --films a file that is there.")
    drafts: list[DraftEvent] = []
    bad: list[BadLine] = []
    read_lines(source, path.read_bytes(), drafts, bad)
    if not drafts:
        raise BadSplit(f"{path} describes no film: {bad[0].error if bad else 'it is empty'}")
    rows = [_described(*draft.fields[:3]) for draft in drafts]  # type: ignore[arg-type]
    return pd.DataFrame(rows, columns=list(columns.FILMS)).drop_duplicates(columns.FILM, ignore_index=True)


def _read_events(path: Path) -> pd.DataFrame:
    """Read a split's CSV file as `columns.INTERACTIONS`; raises BadSplit where it is missing or lacks columns."""
    if not path.is_file():
        raise BadSplit(f"{path} is missing: a split is a folder with train.csv and valid.csv ({', '.join(_COLUMNS)}).")
    events = pd.read_csv(path, dtype={"user_id": str, "item_id": str})
    missing = [name for name in _COLUMNS if name not in events.columns]
    if missing or events.empty:
        raise BadSplit(f"{path} lacks {', '.join(missing) or 'rows'}: wanted {', '.join(_COLUMNS)}, a row an event.")
    # Events of one second stay in the order of the file: a millisecond apart, of which a viewer never has a thousand.
    within = events.groupby(["user_id", "ts"]).cumcount()
    return pd.DataFrame(
        {
            columns.VIEWER: events["user_id"].astype(object),
            columns.FILM: events["item_id"].astype(object),
            columns.AT: events["ts"].astype("int64") * 1000 + within,
            columns.STRENGTH: 1.0,
        }
    )


def _source(path: Path) -> LineSource:
    """The parser of MovieLens films for a file of this name; raises BadSplit for any other name. Opens nothing."""
    sources = {each.file_name: each for form in _FORMS for each in form.sources if isinstance(each, FilmLines)}
    if path.name not in sources:
        raise BadSplit(f"{path} is of no known form: give --films a file called {', '.join(sorted(sources))}.")
    return sources[path.name]


def _described(film_id: str, title: str, genres: tuple[str, ...]) -> tuple[object, ...]:
    """A row of `columns.FILMS`: the year is cut out of the title, and the id loses its `ml-`."""
    years = _YEAR.findall(title)
    year = float(years[-1]) if years else None
    return film_id.removeprefix("ml-"), _YEAR.sub("", title).strip(), genres, (), year, None
