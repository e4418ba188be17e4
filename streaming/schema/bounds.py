"""Bounds of plausible event fields, by which the lake and the serving app both judge.

They are not in the events' schemas: records on the topics were written without them, and a stricter schema would break
its readers. The lake's form of the same rules, and those that need more than the event, are in
`jobs/silver/admission.py`; a test compares both on the same events.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from streaming.schema.events import Event

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST = datetime(1895, 1, 1, tzinfo=UTC)  # no film is older
EARLIEST_DAY, EARLIEST_MS = _EARLIEST.date(), round(_EARLIEST.timestamp() * 1000)
ANNOUNCED_YEARS = 30  # no film is announced longer before it comes out
DAY_MS = 24 * 60 * 60 * 1000
AHEAD_MS = DAY_MS  # a source's clock may be a day ahead of the broker's, and a cinema's day ahead of UTC's
UNKNOWN_FILM = "unknown film"  # the lake's reason while nobody has described the film of an event
NUMBERS: dict[str, tuple[float, float]] = {
    "rating": (0.5, 5.0),
    "fraction": (0.0, 1.0),
    "propensity": (0.0, 1.0),
    "position": (1, 10_000),
    "gross": (0.0, 1e9),  # US dollars of one film on one day: several times what any has taken
    "screens": (0, 1_000_000),  # there are some 200,000 in the world
    "rank": (1, 100_000),
    "budget": (0.0, 1e10),  # twenty times the dearest
    "runtime_minutes": (0.0, 100_000.0),  # the longest film lasts five weeks
    "opening_theatres": (0, 1_000_000),
}
LEAST = 1e-9  # smaller ones are noise, and their inverses overflow the models' 32 bits
IDS = ("viewer_id", "film_id", "slate_id", "campaign_id", "script_id")
LINES = ("query", "territory", "title", "distributor", "certificate", "age_band", "gender", "occupation")
PROSE = ("synopsis",)
NAMES = ("genres", "people", "directors", "writers", "stars", "companies", "countries", "languages")
MOST_CHARACTERS = {**dict.fromkeys(IDS, 256), **dict.fromkeys(LINES, 1_000), **dict.fromkeys(PROSE, 50_000)}
MOST_NAMES, MOST_OF_A_NAME = 1_000, 1_000
DAYS = ("date", "release_date", "opens")
DAYS_OF_FILMS = ("release_date", "opens")
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"  # in text that may have tabs and lines
BROKEN_IN_ID = r"[\x00-\x1F\x7F\uFFFD]"  # \uFFFD stands where bytes are no UTF-8


def broken_rule(event: Event, appended_at: int) -> str | None:
    """The first rule that an event of an input topic breaks by itself, in the lake's words; None where it breaks none.

    `appended_at` is when the broker took it (UTC milliseconds).
    """
    return next(_broken_rules(event.__dict__, event, appended_at), None)


def _broken_rules(told: dict[str, Any], event: Event, appended_at: int) -> Iterator[str]:
    ids = [told["event_id"], *(told[name] for name in IDS if told.get(name) is not None)]
    if any(re.search(BROKEN_IN_ID, each) for each in ids):
        yield "broken characters in an id"
    if event.occurred_at < EARLIEST_MS:
        yield "time before 1895"
    if event.occurred_at > appended_at + AHEAD_MS:
        yield "time in the future"
    yield from (f"{name} out of range" for name in NUMBERS if not _is_in_bounds(name, told.get(name)))
    yield from _broken_text_rules(told)
    yield from _broken_day_rules(told, event.occurred_at, appended_at)


def _is_in_bounds(name: str, value: float | None) -> bool:
    low, high = NUMBERS[name]
    return value is None or value == 0 == low or max(low, LEAST) <= value <= high


def _broken_text_rules(told: dict[str, Any]) -> Iterator[str]:
    texts = {name: told[name] for name in MOST_CHARACTERS if told.get(name) is not None}
    lists = {name: told[name] for name in NAMES if told.get(name)}
    yield from (f"{name} too long" for name, text in texts.items() if len(text) > MOST_CHARACTERS[name])
    yield from (f"too many {name}" for name, names in lists.items() if len(names) > MOST_NAMES)
    names = [each for listed in lists.values() for each in listed]
    if any(len(name) > MOST_OF_A_NAME for name in names):
        yield "a name too long"
    if any(re.search(CONTROL, text) for text in (*texts.values(), *names)):
        yield "control characters in a text"


def _broken_day_rules(told: dict[str, Any], occurred_at: int, appended_at: int) -> Iterator[str]:
    days: dict[str, date] = {name: told[name] for name in DAYS if told.get(name) is not None}
    yield from (f"{name} before 1895" for name, day in days.items() if day < EARLIEST_DAY)
    if "date" in days and _midnight_ms(days["date"]) - AHEAD_MS > occurred_at:
        yield "date after its event"
    # By the append time: a film that is shown again is described as of its first showing, decades before.
    last = (_EPOCH + timedelta(milliseconds=appended_at)).year + ANNOUNCED_YEARS
    yield from (f"{name} too far ahead" for name in DAYS_OF_FILMS if name in days and days[name].year > last)


def _midnight_ms(day: date) -> int:
    return (day - _EPOCH.date()).days * DAY_MS
