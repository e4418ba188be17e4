"""The events that are sent: ratings of a thousand films, about 300 bytes each with their headers."""

from collections.abc import Iterable

from streaming.kafka.producer import EventProducer
from streaming.schema.events import Event, FilmDescribed, Rate, derive_id

FILMS = 1000
_START_MS = 1_600_000_000_000
_SOURCE = "bench#L1"


def rating(number: int, occurred_at: int) -> Event:
    """The rating of that number: a viewer gives about a hundred, one after the other."""
    return Rate(
        event_id=derive_id("bench", number),
        occurred_at=occurred_at,
        viewer_id=derive_id("viewer", number // 100),
        film_id=f"f{number % FILMS}",
        rating=1 + number % 5,
    )


def ratings(first: int, last: int) -> list[Event]:
    """Ratings of these numbers, a second apart."""
    return [rating(number, _START_MS + number * 1000) for number in range(first, last)]


def films() -> list[Event]:
    """Descriptions of the films that are rated."""
    return [
        FilmDescribed(event_id=f"film-{number}", occurred_at=_START_MS, film_id=f"f{number}", title=f"Film {number}")
        for number in range(FILMS)
    ]


def send(bootstrap: str, events: Iterable[Event]) -> None:
    """Send, and wait until all are acknowledged."""
    with EventProducer(bootstrap) as producer:
        for event in events:
            producer.send(event, _SOURCE)
