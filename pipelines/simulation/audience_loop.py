"""The simulated audience's part of the loop: it reads decisions from topics, and answers with events."""

import time
from collections.abc import Callable, Iterable
from typing import TypeVar

from pipelines.platform.state import State
from pipelines.simulation import ground_truth
from streaming.atomic_files import write_whole
from streaming.kafka.consumer import read_topic
from streaming.kafka.producer import EventProducer
from streaming.kafka.topics import CAMPAIGNS, RECOMMENDATIONS, SCRIPTS, Topic
from streaming.schema.events import Campaign, Event, Script, Slate

Progress = Callable[[int, int], None]  # events sent, of how many
Decision = TypeVar("Decision", Slate, Campaign, Script)


class AudienceLoop:
    """The simulated audience of a state folder, a function of its seed; every call may be repeated after a kill."""

    def __init__(self, state: State, seed: int, bootstrap: str) -> None:
        """Opens nothing yet: `bootstrap` is the Kafka broker that it will read from and send to."""
        self._bootstrap = bootstrap
        self._marks = state.audience / "told"
        self._audience = ground_truth.audience(state, seed)

    def catch_up(self, week: int, progress: Progress) -> int:
        """Simulate each week not lived yet up to `week`, and send its events to Kafka; returns how many were sent.

        Week 0 is what is public before the first. Week n answers the slates, campaigns and scripts of cycle n.
        """
        return sum(self._send_a_week(due, progress) for due in range(self.last_week + 1, week + 1))

    @property
    def last_week(self) -> int:
        """Read from the state folder the last week whose events were all sent to Kafka; -1 before there is any."""
        return int(self._marks.read_text()) if self._marks.exists() else -1

    def _send_a_week(self, week: int, progress: Progress) -> int:
        """Read a cycle's decisions from Kafka, simulate the answers, send them to Kafka, and note the week as done."""
        # The audience's clock may not run ahead of ours: the lake would take its events for the future's.
        now = int(time.time() * 1000)
        told = self._audience.opening()
        if week:
            slates = {slate.viewer_id: slate for slate in self._decided(Slate, RECOMMENDATIONS, week)}
            campaigns, scripts = self._decided(Campaign, CAMPAIGNS, week), self._decided(Script, SCRIPTS, week)
            told = self._audience.live(week, slates, now, campaigns, scripts)
        sent = self._send_to_kafka(told, progress)
        self._marks.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._marks, str(week).encode())
        return sent

    def _decided(self, kind: type[Decision], topic: Topic, cycle: int) -> list[Decision]:
        """Read a whole Kafka topic for the decisions of a cycle, in the order sent; duplicates stay."""
        events = (received.event for received in read_topic(self._bootstrap, topic.name))
        return [event for event in events if isinstance(event, kind) and event.cycle == cycle]

    def _send_to_kafka(self, told: Iterable[tuple[Event, str]], progress: Progress) -> int:
        """Send events with their sources to Kafka, reporting progress; returns how many."""
        events = list(told)
        with EventProducer(self._bootstrap) as producer:
            for sent, (event, source) in enumerate(events, 1):
                producer.send(event, source)
                if sent % 1000 == 0 or sent == len(events):
                    progress(sent, len(events))
        return len(events)
