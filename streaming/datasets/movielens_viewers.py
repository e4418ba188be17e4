"""What MovieLens tells of viewers: age, gender, occupation. Where they live stands beside it, and does not pass."""

import re
from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

from streaming.datasets.dataset import Draft
from streaming.datasets.movielens import portrait
from streaming.errors import CodecError
from streaming.schema.events import Event, ViewerDescribed, derive_id
from streaming.schema.identity import Pseudonymise

# From which age: the bands of MovieLens 1M, which has nothing finer.
_BANDS = {0: "under 18", 18: "18-24", 25: "25-34", 35: "35-44", 45: "45-49", 50: "50-55", 56: "56 and over"}
_GENDERS = {"F": "female", "M": "male"}
_ALWAYS = 0  # 1970: the sets do not say when it was told


class Told(NamedTuple):
    """The fields of a line, as the file has them."""

    viewer: str
    age: str
    gender: str
    occupation: str


class Viewers(ABC):
    """Lines that describe a viewer. A form says how it splits one."""

    describes: ClassVar[str | None] = "viewers"

    def __init__(self, loader: str) -> None:
        self.loader = loader
        self._dataset = loader.partition("/")[0]

    @abstractmethod
    def split(self, raw: bytes) -> Told:
        """The fields of a line.

        Raises:
            CodecError: the line has not the form's fields.
        """

    def is_header(self, first_line: bytes) -> bool:
        """No form names its columns."""
        return False

    def draft(self, raw: bytes, line: int) -> Draft:
        """As in `Source`; fields are viewer (a number as the file has it), age band, gender and occupation."""
        told = self.split(raw)
        for name, text in (("viewer id", told.viewer), ("age", told.age)):
            if not re.fullmatch(r"[0-9]{1,18}", text):
                raise CodecError(f"{name}: wanted 1 to 18 digits, saw {portrait(text.encode())}")
        if told.gender not in _GENDERS:
            raise CodecError(f"gender: wanted F or M, saw {portrait(told.gender.encode())}")
        band = _BANDS[max(age for age in _BANDS if age <= int(told.age))]
        return Draft(_ALWAYS, line, self, (int(told.viewer), band, _GENDERS[told.gender], told.occupation))

    def event(self, draft: Draft, pseudonymise: Pseudonymise) -> Event:
        """As in `Source`."""
        viewer, band, gender, occupation = draft.fields
        viewer_id = pseudonymise(f"{self._dataset}:{viewer}")
        return ViewerDescribed.model_validate(
            {
                "event_id": derive_id(ViewerDescribed.type, viewer_id, band, gender, occupation),
                "occurred_at": draft.occurred_at,
                "viewer_id": viewer_id,
                "age_band": band,
                "gender": gender,
                "occupation": occupation,
            }
        )
