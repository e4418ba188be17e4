"""The topics: what each carries, its key, its codec and how long it keeps what it was given.

All topics stamp records with the broker's append time (`LogAppendTime`): event time is input, not truth, and
retention by event time would delete a replayed year at once.
"""

from dataclasses import dataclass, field
from functools import cache, cached_property

from streaming.kafka.codec import RecordCodec
from streaming.schema.bounds import DAY_MS


@dataclass(frozen=True)
class Topic:
    """A Kafka topic and the codec that it owns."""

    name: str
    key: str
    carries: tuple[str, ...]  # how the types of its events begin
    about: str
    partitions: int = 2
    config: dict[str, str] = field(default_factory=dict)

    @cached_property
    def codec(self) -> RecordCodec:
        """Encodes and decodes this topic's records."""
        return RecordCodec(self.key)

    @property
    def settings(self) -> dict[str, str]:
        """The topic-level configuration to create it with."""
        return {"message.timestamp.type": "LogAppendTime", **self.config}


# Descriptions, too, though the newest stands: a rebuild reads them again, and is asked what was known on any past day.
_KEEP_ALL = {"cleanup.policy": "delete", "retention.ms": "-1"}
_COMPACT = {"cleanup.policy": "compact"}

CATALOGUE = Topic(
    "film.catalogue",
    "film_id",
    ("film.",),
    "What is known of each film: title, genres, people, release date, budget.",
    config=_KEEP_ALL,
)
VIEWERS = Topic(
    "viewer.facts",
    "viewer_id",
    ("viewer.",),
    "What viewers say of themselves: age band, gender, occupation.",
    config=_KEEP_ALL,
)
VIEWING = Topic(
    "viewing.events",
    "viewer_id",
    ("viewing.",),
    "What viewers do: see, play, finish, rate, like, skip, search, read; each names the decision that it answers.",
    config=_KEEP_ALL,
)
BOXOFFICE = Topic(
    "boxoffice.events", "film_id", ("boxoffice.",), "What each film takes, by territory and day.", config=_KEEP_ALL
)
RECOMMENDATIONS = Topic(
    "decisions.recommendations",
    "viewer_id",
    ("decision.slate",),
    "What each viewer is shown next, with the probability of each film.",
    # A viewer's earlier slates stay for a week: the next cycle collects what was served, and what was answered.
    config={**_COMPACT, "min.compaction.lag.ms": str(7 * DAY_MS)},
)
FORECASTS = Topic(
    "decisions.forecasts",
    "film_id",
    ("decision.forecast", "decision.outlook", "decision.market"),
    "What each film in release, and all of them, should take on each of the next days, and each announced one in all.",
    config=_COMPACT,
)
CAMPAIGNS = Topic(
    "decisions.campaigns",
    "film_id",
    ("decision.campaign",),
    "Which viewers are shown the trailer of a film that is about to open, and how probable that was.",
    config={"retention.ms": str(365 * DAY_MS)},
)
SCRIPTS = Topic(
    "decisions.scripts",
    "event_id",
    ("decision.script",),
    "What is drafted for whom, word for word, and who is asked to read it.",
    config={"retention.ms": str(365 * DAY_MS)},
)
FEEDBACK = Topic(
    "feedback.signals",
    "viewer_id",
    ("feedback.",),
    "Outcomes of decisions: taken or not, and forecast errors.",
    config={"retention.ms": str(365 * DAY_MS)},
)
DEAD_LETTERS = Topic(
    "dead-letter", "origin", ("dead.",), "Input that is no valid event, encrypted as received.", config=_KEEP_ALL
)

INPUTS = (CATALOGUE, VIEWERS, VIEWING, BOXOFFICE)
TOPICS = (*INPUTS, RECOMMENDATIONS, FORECASTS, CAMPAIGNS, SCRIPTS, FEEDBACK, DEAD_LETTERS)


@cache
def topic_of(event_type: str) -> Topic:
    """The topic that carries events of this type."""
    return next(topic for topic in TOPICS if event_type.startswith(topic.carries))
