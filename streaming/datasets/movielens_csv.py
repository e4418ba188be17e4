"""MovieLens as comma-separated values (latest, 20M, 25M, …): `movies.csv` and `ratings.csv`, in UTF-8."""

import csv
from datetime import date
from typing import ClassVar

from streaming.datasets.movielens import Films, Ratings, field_count_complaint, genres_of
from streaming.datasets.text import LineSource, TextDataset
from streaming.errors import CodecError

_FIELDS = ("film id", "title", "genres")


class _Movies(Films):
    def split(self, raw: bytes) -> tuple[str, str, tuple[str, ...], date | None]:
        """As in `Films`."""
        try:
            parts = next(csv.reader([raw.decode()], strict=True), [])
        except UnicodeDecodeError:
            raise CodecError("the line is no UTF-8: bytes that are no text") from None
        except csv.Error as error:
            raise CodecError(f"the line is no row of comma-separated values: {error}") from None
        if len(parts) != len(_FIELDS):
            raise CodecError(field_count_complaint(_FIELDS, ",", len(parts)))
        return parts[0], parts[1], genres_of(parts[2]), None


class MovieLensCsv(TextDataset):
    """A folder of MovieLens in comma-separated values."""

    sources: ClassVar[tuple[LineSource, ...]] = (
        _Movies("ml-csv/movies.csv"),
        Ratings("ml-csv/ratings.csv", b","),
    )
