"""The app's Prometheus metrics, in a registry of its own."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_REQUEST_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
_REACTION_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)


disable_created_metrics()  # a creation time beside every counter is noise


class Metrics:
    """All counters, gauges and histograms."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = self._new_counter
        self.requests = counter("requests", "Answers, by route and status.", "route", "status")
        self.seconds = Histogram(
            "cineloop_request_seconds",
            "Time to answer, by route.",
            ["route"],
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self.shed = counter("requests_shed", "Requests refused because too many were in flight.")
        self.limited = counter("requests_limited", "Requests refused because their client asked too often.")
        self.prepared = counter("slates_prepared", "Slates answered from memory.")
        self.ranked = counter("slates_ranked", "Slates ranked.")
        self.accepted = counter("events_accepted", "Events that Kafka acknowledged.")
        self.unaccepted = counter("events_unaccepted", "Events that Kafka did not acknowledge; an error was sent.")
        self.consumed = counter("events_consumed", "Records of viewing.events read, by outcome.", "outcome")
        self.held = self._new_gauge("events_held", "Events kept in memory: no finished cycle had read them.")
        self.reaction = Histogram(
            "cineloop_reaction_seconds",
            "From the broker's taking an event to its being in the viewer's history.",
            buckets=_REACTION_S,
            registry=self.registry,
        )
        self.published = counter("decisions_published", "Slates that Kafka acknowledged.")
        self.dropped = counter("decisions_dropped", "Slates served and never published: the queue was full.")
        self.waiting = self._new_gauge("decisions_waiting", "Slates served and not yet published.")
        self.swaps = counter("model_swaps", "Model versions that were swapped in.")
        self.refusals = counter("model_refusals", "Versions that could not be loaded.")
        self.retries = counter("retries", "Failures of background threads, which try again.", "part")
        self.in_flight = self._new_gauge("requests_in_flight", "Requests being answered now.")

    def exposition(self) -> bytes:
        """All of them in Prometheus's text format."""
        return generate_latest(self.registry)

    def _new_counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"cineloop_{name}", about, labels, registry=self.registry)

    def _new_gauge(self, name: str, about: str) -> Gauge:
        return Gauge(f"cineloop_{name}", about, registry=self.registry)
