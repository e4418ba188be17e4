"""Why the app is not ready or degraded, in fixed words: an exception's own may name paths, hosts and what was sent."""

from typing import NamedTuple


class Cause(NamedTuple):
    """A code for programs, and a sentence for people, without its full stop."""

    code: str
    detail: str


READING = Cause("reading", "the lake and the topic are being read")
LOADING = Cause("loading", "the serving version is being loaded")
LAKE = Cause("lake-unreadable", "the lake cannot be read; the app keeps trying, and its log has the reason")
BROKER = Cause("broker-away", "no Kafka broker answers; slates are served from what is known")
UNREACHED = Cause("topic-unreachable", "the events cannot be read from Kafka yet; the app keeps trying")
UNREAD = Cause("topic-unreadable", "the events cannot be read; the app keeps trying, and its log has the reason")
OTHER_CLUSTER = Cause(
    "other-cluster",
    "the topic ends before what the lake has read: this is another cluster, or one that has lost records. Start with "
    "the cluster's own state folder, or read the lake anew with `cineloop rebuild --accept-loss`, which gives up what "
    "the topics no longer hold",
)
NO_FILMS = Cause("no-films", "the lake has no film to show: `cineloop run --once` makes the catalogue")
