"""Why the app cannot answer, or answers with less than it should: in our words, never in those of an exception.

What an exception says may name paths, hosts and what somebody sent; it goes to the log.
"""

from typing import NamedTuple


class Cause(NamedTuple):
    """A code for programs, and a sentence for whoever asks, without its full stop."""

    code: str
    detail: str


READING = Cause("reading", "the lake and the topic are being read")
LOADING = Cause("loading", "the serving version is being loaded")
LAKE = Cause("lake-unreadable", "the lake cannot be read; the app goes on trying, and its log has the reason")
BROKER = Cause("broker-away", "no Kafka broker answers; slates are served from what is known")
UNREACHED = Cause("topic-unreachable", "the events cannot be read from Kafka yet; the app goes on trying")
UNREAD = Cause("topic-unreadable", "the events cannot be read; the app goes on trying, and its log has the reason")
OTHER_CLUSTER = Cause(
    "other-cluster",
    "the topic ends before what the lake has read: this is another cluster, or one that has lost records. Start with "
    "the cluster's own state folder, or read the lake anew with `cineloop rebuild --accept-loss`, which gives up what "
    "the topics no longer hold",
)
NO_FILMS = Cause("no-films", "the lake has no film to show: `cineloop run --once` makes the catalogue")
