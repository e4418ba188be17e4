"""Telling the forms of data sets apart, by the files that a folder holds."""

from pathlib import Path

from streaming.datasets.boxoffice import BoxOffice
from streaming.datasets.dataset import Dataset, SourceFile
from streaming.datasets.movielens import MovieLens1M, MovieLens100K, MovieLensCsv
from streaming.errors import DatasetError

FORMS = (MovieLens1M, MovieLens100K, MovieLensCsv, BoxOffice)


def recognise(folder: Path) -> Dataset:
    """The data set in `folder`: the form of which it holds the most files, one at least; reads none of them.

    Raises:
        DatasetError: there is no such folder, or none of the forms' files is in it.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder} is no folder. Give --data a folder that holds {_forms_in_words()}")
    found = max((form(folder) for form in FORMS), key=lambda dataset: len(dataset.files()))
    if not found.files():
        names = ", ".join(sorted(path.name for path in folder.iterdir())[:12]) or "nothing"
        raise DatasetError(f"{folder} holds {names}, and none of the files known. Wanted: {_forms_in_words()}")
    return found


def source_of(loader: str) -> SourceFile | None:
    """The source that calls itself `loader` (`dataset/file`); None where no form has it."""
    sources: list[SourceFile] = [source for form in FORMS for source in form.sources]
    return next((source for source in sources if source.loader == loader), None)


def _forms_in_words() -> str:
    return "; or ".join(f"{' and '.join(form.file_names())} ({form.__name__})" for form in FORMS)
