"""Tells the stories to a running stage in accelerated event time, and watches the alerts that come of them."""

import heapq
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from monitor.core.alert import Alert
from monitor.core.identity import Pseudonyms
from monitor.crowd_story import CrowdStory, load_crowds, tell_crowds
from monitor.demo.report import Messages, Report, count_alerts, end_stories, find_hero
from monitor.demo.stage import PSEUDONYM_KEY, SOURCE, WORKED_UNTIL, Stage, set_stage
from monitor.errors import BrokerError
from monitor.records import decode_alert
from monitor.story import STORY_HOURS, Story, load_background, load_stories, tell, tell_story
from monitor.topics import ALERTS
from monitor.wire import encode_message

_EVENT_START: Final = datetime(2026, 3, 2, tzinfo=UTC)
_SEED: Final = 7
_DRAIN_SECONDS: Final = 30.0
#: Sent on purpose, evenly spread: what a careless producer writes.
_BAD_RECORDS: Final = (b"{not json", b'{"id": "1", "channel": "pigeon"}', b"[]")
_BAD_RECORD_EVERY: Final = 100
_POLL_SECONDS: Final = 0.1
_LAST_POLL_SECONDS: Final = 0.5
#: Messages are sent this much wall time early, so that a hiccup of the sender does not make a reply late.
_LEAD_SECONDS: Final = 0.5

OnReady = Callable[[Stage], None]
OnAlert = Callable[[Alert, Story | CrowdStory | None], None]
#: Records sent so far, and how much of the stories' time has passed (0 to 1).
OnProgress = Callable[[int, float], None]


class Show:
    """One demo: `run` plays it to the end and returns what happened."""

    def __init__(
        self, *, for_seconds: float, messages_per_second: float, on_alert: OnAlert, on_progress: OnProgress
    ) -> None:
        self._for_seconds = for_seconds
        self._background_count = round(for_seconds * messages_per_second)
        self._on_alert = on_alert
        self._on_progress = on_progress
        self._alerts: list[Alert] = []
        self._sent = 0
        pseudonyms = Pseudonyms(PSEUDONYM_KEY.encode())
        self._stories = load_stories()
        self._crowds = load_crowds()
        #: By the pseudonym or the subject that their alerts carry.
        self._told: dict[str, Story | CrowdStory] = {
            pseudonyms.name(next(tell_story(story, start=_EVENT_START))): story for story in self._stories
        }
        self._told |= {crowd.subject: crowd for crowd in self._crowds}

    def run(self, on_ready: OnReady) -> Report:
        """Set the stage, tell everything, wait until all of it has been worked, and report.

        Raises:
            BrokerError: the broker or the worker failed.

        """
        speed = STORY_HOURS * 3600 / self._for_seconds
        wall_start, began = datetime.now(UTC), time.monotonic()
        with (
            set_stage(
                event_start=_EVENT_START,
                wall_start=wall_start,
                speed=speed,
                future_tolerance_seconds=2 * _LEAD_SECONDS * speed,
            ) as stage,
            closing(_open_alerts(stage)) as alerts,
        ):
            on_ready(stage)
            # The worker's clock has been running since it was started; the stories begin where it is now.
            self._wall_begins = datetime.now(UTC)
            self._begins = _EVENT_START + (self._wall_begins - wall_start) * speed
            self._ends = self._begins + timedelta(hours=STORY_HOURS)
            self._tell(stage, alerts)
            counts = self._drain(stage, alerts)
        return Report(
            messages=counts,
            alerts=count_alerts(self._alerts),
            stories=end_stories(self._told, self._alerts),
            event_hours=STORY_HOURS,
            seconds=round(time.monotonic() - began, 1),
        )

    def _tell(self, stage: Stage, alerts: KafkaConsumer) -> None:
        """Send each message at its moment, and some bad records among them."""
        messages = tell(
            self._stories,
            load_background(),
            start=self._begins,
            span_hours=STORY_HOURS,
            background_count=self._background_count,
            seed=_SEED,
        )
        crowds = tell_crowds(self._crowds, start=self._begins)
        messages = heapq.merge(messages, crowds, key=lambda message: message.at)
        lead = timedelta(hours=STORY_HOURS) * (_LEAD_SECONDS / self._for_seconds)
        with closing(
            KafkaProducer(bootstrap_servers=stage.bootstrap, enable_idempotence=False, linger_ms=5)
        ) as producer:
            for message in takewhile(lambda message: message.at <= self._ends, messages):
                self._watch_until(stage, alerts, message.at - lead)
                key = (message.customer or message.author or "").encode()
                producer.send(SOURCE, key=key, value=encode_message(message))
                self._sent += 1
                if self._sent % _BAD_RECORD_EVERY == 0:
                    producer.send(
                        SOURCE, value=_BAD_RECORDS[self._sent // _BAD_RECORD_EVERY % len(_BAD_RECORDS)]
                    )
                    self._sent += 1
            self._watch_until(stage, alerts, self._ends)
            producer.flush()

    def _watch_until(self, stage: Stage, alerts: KafkaConsumer, at: datetime) -> None:
        """Show what happens until this event time."""
        due_share = (at - self._begins) / (self._ends - self._begins)
        while True:
            share = (datetime.now(UTC) - self._wall_begins).total_seconds() / self._for_seconds
            wait_seconds = (due_share - share) * self._for_seconds
            if wait_seconds <= 0:
                return
            stage.check()
            self._take_alerts(alerts, min(wait_seconds, _POLL_SECONDS))
            self._on_progress(self._sent, min(share, 1.0))

    def _take_alerts(self, alerts: KafkaConsumer, wait_seconds: float) -> int:
        """Take what has come, and return how many alerts of the stories' time that was."""
        polled = alerts.poll(timeout_ms=int(wait_seconds * 1000))
        told = [decode_alert(record.value) for batch in polled.values() for record in batch if record.value]
        # Time goes on while the rest is worked; what happens after the stories' end is not part of them.
        in_time = sorted((alert for alert in told if alert.at <= self._ends), key=lambda alert: alert.at)
        for alert in in_time:
            self._alerts.append(alert)
            self._on_alert(alert, self._told.get(find_hero(alert)))
        return len(in_time)

    def _drain(self, stage: Stage, alerts: KafkaConsumer) -> Messages:
        """Wait until everything sent is worked, up to the stories' end, and every alert of it is read."""
        deadline = time.monotonic() + _DRAIN_SECONDS
        while time.monotonic() < deadline:
            stage.check()
            metrics = stage.read_metrics()
            scored, dead_lettered = (
                int(sum(metrics.get(("monitor_messages_total", outcome), ())))
                for outcome in ("scored", "dead_lettered")
            )
            worked_until = min(min(metrics[name, ""]) for name in WORKED_UNTIL)
            if scored + dead_lettered >= self._sent and worked_until > self._ends.timestamp():
                while self._take_alerts(alerts, _LAST_POLL_SECONDS):
                    pass  # they were confirmed before the metrics said so
                return Messages(taken_in=self._sent, scored=scored, dead_lettered=dead_lettered)
            self._take_alerts(alerts, _POLL_SECONDS)
        raise BrokerError(f"the demo's worker did not finish {self._sent} records in {_DRAIN_SECONDS:.0f} s")


def _open_alerts(stage: Stage) -> KafkaConsumer:
    consumer = KafkaConsumer(
        bootstrap_servers=stage.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
    )
    consumer.assign([TopicPartition(ALERTS, 0)])
    return consumer
