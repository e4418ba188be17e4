"""Every event that flows through Cineloop: one Pydantic model per type.

Models check shape and type, nothing more: a rating of 9 is an event, and `streaming/schema/bounds.py` has the ranges by
which the serving app and the lake judge it. Unknown fields are ignored, so a producer may add an optional field before
it is known here. Values must have the JSON type that the schema names, as for Spark, which reads the same records: 4 is
no text, "4" no number, and a day is written 2024-02-29.
"""

import re
from datetime import date as Date
from hashlib import blake2b
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _refuse_non_integer(told: object) -> object:
    if isinstance(told, str | bytes | float | bool):  # Pydantic's own strictness refuses NumPy's whole numbers, too
        raise ValueError("a whole number has neither point nor quotes")
    return told


def _refuse_non_day(told: object) -> object:
    if isinstance(told, Date) or (isinstance(told, str) and _DAY.fullmatch(told)):
        return told
    raise ValueError("a day is written as 2024-02-29")


Whole = Annotated[int, BeforeValidator(_refuse_non_integer)]
Milliseconds = Whole
Number = Annotated[float, Strict()]
YesNo = Annotated[bool, Strict()]
Day = Annotated[Date, BeforeValidator(_refuse_non_day)]


def derive_id(*parts: object) -> str:
    """A hash of the parts, 128 bits in hexadecimal digits, as the id of an event: same parts, same id."""
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).hexdigest()


class Event(BaseModel):
    """What all events carry: who it is (`event_id`) and when it happened (`occurred_at`, UTC milliseconds)."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")

    type: ClassVar[str]
    event_id: str = Field(min_length=1, max_length=128)
    occurred_at: Milliseconds = Field(ge=-(2**62), lt=2**62)


SourcedEvent = tuple[Event, str]
"""An event and its CloudEvents source."""


class FilmDescribed(Event):
    """A film's facts, as known from `occurred_at` on; the newest description counts.

    `people` names all, whatever they did; who did what is told where it is known. `opens` is the announced day of the
    opening at home, `wide` whether that is planned for many cinemas, `opening_theatres` what is booked for it.
    """

    type: ClassVar[str] = "film.described"
    film_id: str = Field(min_length=1)
    title: str
    genres: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    release_date: Day | None = None
    budget: Number | None = None
    synopsis: str | None = None
    distributor: str | None = None
    certificate: str | None = None
    runtime_minutes: Number | None = None
    directors: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    stars: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    opens: Day | None = None
    wide: YesNo | None = None
    opening_theatres: Whole | None = None


class ViewerDescribed(Event):
    """What a viewer says of themselves; the newest description counts. Nothing finer than these bands is accepted."""

    type: ClassVar[str] = "viewer.described"
    viewer_id: str = Field(min_length=1)
    age_band: str | None = None
    gender: str | None = None
    occupation: str | None = None


class ViewingEvent(Event):
    """Something a viewer did with a film; `slate_id`, `position` and `propensity` where a slate caused it."""

    viewer_id: str = Field(min_length=1)
    film_id: str | None = Field(default=None, min_length=1)
    slate_id: str | None = None
    position: Whole | None = None
    propensity: Number | None = None


class FilmViewingEvent(ViewingEvent):
    """A viewing event that cannot be without its film."""

    film_id: str = Field(min_length=1)


class Impression(FilmViewingEvent):
    """A film of a slate came into view."""

    type: ClassVar[str] = "viewing.impression"


class Play(FilmViewingEvent):
    """A viewer started a film."""

    type: ClassVar[str] = "viewing.play"


class Progress(FilmViewingEvent):
    """A viewer got as far as `fraction` (0–1) of a film."""

    type: ClassVar[str] = "viewing.progress"
    fraction: Number


class Complete(FilmViewingEvent):
    """A viewer watched a film to its end."""

    type: ClassVar[str] = "viewing.complete"


class Rate(FilmViewingEvent):
    """A viewer rated a film, in stars from 0.5 to 5."""

    type: ClassVar[str] = "viewing.rate"
    rating: Number


class Like(FilmViewingEvent):
    """A viewer liked a film."""

    type: ClassVar[str] = "viewing.like"


class Skip(FilmViewingEvent):
    """A viewer dismissed a film."""

    type: ClassVar[str] = "viewing.skip"


class Search(ViewingEvent):
    """A viewer looked for something; `film_id` where a film was picked from the answer."""

    type: ClassVar[str] = "viewing.search"
    query: str


class Trailer(FilmViewingEvent):
    """A viewer was shown a film's trailer; `propensity` is that with which the campaign chose the viewer."""

    type: ClassVar[str] = "viewing.trailer"
    campaign_id: str | None = None


class Read(ViewingEvent):
    """A viewer read a script and gave it stars from 0.5 to 5; `propensity` is that of their being invited to.

    A script has no film, so that nobody who counts what films get meets a script.
    """

    type: ClassVar[str] = "viewing.read"
    film_id: None = None
    script_id: str = Field(min_length=1)
    rating: Number


class BoxOfficeDay(Event):
    """What a film took in one territory on one day, in US dollars; `occurred_at` is the end of that day."""

    type: ClassVar[str] = "boxoffice.day"
    film_id: str = Field(min_length=1)
    date: Day
    gross: Number
    territory: str = "US"
    screens: Whole | None = None
    rank: Whole | None = None


class SlateItem(BaseModel):
    """One film of a slate; `propensity` is the probability with which the policy showed it at this position."""

    model_config = ConfigDict(frozen=True)
    film_id: str
    position: int
    propensity: float
    score: float | None = None
    reason: str | None = None


class Slate(Event):
    """A decision: what a viewer is shown next, by which policy, model and features. `event_id` is its name."""

    type: ClassVar[str] = "decision.slate"
    viewer_id: str = Field(min_length=1)
    cycle: int
    policy: str
    model: str | None = None
    model_version: str | None = None
    feature_version: int | None = None
    items: tuple[SlateItem, ...]


class ForecastDay(BaseModel):
    """Quantiles of one day's gross in US dollars."""

    model_config = ConfigDict(frozen=True)
    date: Date
    q10: float
    q50: float
    q90: float


class Forecast(Event):
    """A decision: what a film is expected to take on each of the next days. `event_id` is its name."""

    type: ClassVar[str] = "decision.forecast"
    film_id: str = Field(min_length=1)
    cycle: int
    model: str
    model_version: str
    feature_version: int
    days: tuple[ForecastDay, ...]


class Outlook(Event):
    """A decision: what a film that has not opened is expected to take at home in all, in US dollars.

    `lead` is the question: what is asked so many days before the opening, 7 with the cinemas that are booked. It is an
    event type of its own, so that whoever reads the days of `decision.forecast` takes no total for a day.
    """

    type: ClassVar[str] = "decision.outlook"
    film_id: str = Field(min_length=1)
    lead: int
    opens: Date
    cycle: int
    model: str
    model_version: str
    feature_version: int  # of silver/boxoffice
    q10: float
    q50: float
    q90: float


class MarketForecast(Event):
    """A decision: what all films of a market, or those of a genre, are expected to take on each of the next days.

    A film of k genres gives the k-th part of its gross to each. Genres' medians add up to that of all films.
    """

    type: ClassVar[str] = "decision.market"
    territory: str = "US"
    genre: str | None = None  # None: all films
    cycle: int
    model: str
    model_version: str
    feature_version: int  # of silver/boxoffice
    days: tuple[ForecastDay, ...]

    @property
    def subject(self) -> str:
        """What it is about, as its key on the topic: `US`, or `US/Comedy`."""
        return self.territory if self.genre is None else f"{self.territory}/{self.genre}"


class Reached(BaseModel):
    """A viewer whom a campaign chose, or whom a script is sent to; `propensity` is the probability of the choice."""

    model_config = ConfigDict(frozen=True)
    viewer_id: str
    propensity: float


class Campaign(Event):
    """A decision: whom the trailer of a film that is about to open is shown to.

    `audience` is how many viewers could have been chosen: those who were not are the holdout. A large campaign is told
    in several events of the same `campaign_id`.
    """

    type: ClassVar[str] = "decision.campaign"
    campaign_id: str = Field(min_length=1)
    film_id: str = Field(min_length=1)
    opens: Date
    cycle: int
    policy: str
    model: str | None = None
    model_version: str | None = None
    feature_version: int | None = None
    audience: int
    viewers: tuple[Reached, ...]


class Script(Event):
    """A decision: what is drafted next, for whom, and who is asked to read it. `event_id` is the script's name.

    `text` is Fountain, `segment` the full name of whom the draft is for, `policy` whether that segment's brief gave the
    genre and tone ("briefed") or chance did ("unbriefed"). `predicted` is the log of its appeal to the segment, as the
    judge of `judge_version` has it; None where no judge serves. `readers` are members of the segment.
    """

    type: ClassVar[str] = "decision.script"
    title: str
    text: str
    genres: tuple[str, ...] = ()
    tone: str | None = None
    segment: str
    policy: str
    seed: int
    cycle: int
    model: str
    model_version: str
    feature_version: int | None = None
    judge_version: str | None = None
    predicted: float | None = None
    readers: tuple[Reached, ...]


class FeedbackSignal(Event):
    """What became of a decision: a slate's film was taken or not; a forecast, outlook or campaign met its actual.

    A market has no film: in place of the `film_id` stands what the forecast was about, `US` or `US/Comedy`. Nor has a
    script: its own name stands there too, `reward` is a reader's stars from 0 (0.5 stars) to 1 (5 stars), `predicted`
    the log appeal. A campaign's `predicted` and `actual` are what its trailer adds to the probability that a viewer
    takes the film up.
    """

    type: ClassVar[str] = "feedback.signal"
    kind: Literal["recommendation", "forecast", "outlook", "market", "campaign", "script"]
    decision_id: str
    film_id: str
    viewer_id: str | None = None
    reward: float | None = None
    position: int | None = None
    propensity: float | None = None
    latency_ms: int | None = None
    date: Date | None = None
    predicted: float | None = None
    actual: float | None = None
    covered: bool | None = None


class DeadLetter(Event):
    """Input that is no valid event.

    `sealed` holds the bytes as received, encrypted with the state's key: a broken line may contain a raw viewer
    id, and none is stored in the clear. `origin` is `file#line` or `topic/partition/offset`.
    """

    type: ClassVar[str] = "dead.letter"
    origin: str
    error: str
    sealed: str
    loader: str | None = None
    schema_version: int = 1


VIEWING = (Impression, Play, Progress, Complete, Rate, Like, Skip, Search, Trailer, Read)
EVENT_MODELS: dict[str, type[Event]] = {
    model.type: model
    for model in (
        FilmDescribed,
        ViewerDescribed,
        *VIEWING,
        BoxOfficeDay,
        Slate,
        Forecast,
        Outlook,
        Campaign,
        MarketForecast,
        Script,
        FeedbackSignal,
        DeadLetter,
    )
}
