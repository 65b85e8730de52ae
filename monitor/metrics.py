"""How a worker's metrics are moved by what it does; the list itself is in `metric_list`."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry

from monitor.core.alert import Alert, AlertKind
from monitor.core.outcome import Outcome, Precision
from monitor.core.scored import (
    Erasure,
    Forward,
    KeyedEvent,
    Link,
    Scored,
    StageEvent,
    Transfer,
)
from monitor.core.trend import Trend
from monitor.metric_list import IDENTITY_EVENTS, OUTCOMES, MetricList

__all__ = ["IDENTITY_EVENTS", "OUTCOMES", "Metrics"]


class Metrics(MetricList):
    """One per worker process, on a registry of its own."""

    def __init__(self, registry: CollectorRegistry, policy_hash: str) -> None:
        super().__init__(registry, policy_hash)
        self._lagging: set[tuple[str, str]] = set()

    def set_lags(self, lags_seconds: Mapping[tuple[str, int], float]) -> None:
        """Set the lag of each topic and partition, and forget those that are no longer among them."""
        lagging = {(topic, str(partition)): seconds for (topic, partition), seconds in lags_seconds.items()}
        for topic, partition in self._lagging - lagging.keys():
            self.lag.remove(topic, partition)
        for (topic, partition), seconds in lagging.items():
            self.lag.labels(topic, partition).set(seconds)
        self._lagging = set(lagging)

    def show_target(self, target: str) -> None:
        """Show a target from the start: a counter that first shows at N has no increase."""
        self.notifier_backlog.labels(target).set(0)
        for outcome in OUTCOMES:
            self.notifications.labels(target, outcome)

    def count_scored(self, batch: Iterable[Scored]) -> None:
        """Count the messages of one batch; each label set is looked up once, not once a message."""
        compounds: defaultdict[str, list[float]] = defaultdict(list)
        messages: Tally[str] = Tally()
        complaints: Tally[tuple[str, str, str]] = Tally()
        for scored in batch:
            messages[scored.channel] += 1
            if scored.direction == "inbound" and scored.unsupported_language is None:
                compounds[scored.channel].append(scored.sentiment.compound)
            if scored.complaint.is_complaint:
                complaints[scored.complaint.category, scored.stage or "unknown", scored.channel] += 1
        for channel, number in messages.items():
            self.messages.labels(channel, "scored").inc(number)
        for labels, number in complaints.items():
            self.complaints.labels(*labels).inc(number)
        for channel, values in compounds.items():
            self.sentiment.labels(channel).observe_all(values)

    def count_stage_events(self, events: Iterable[KeyedEvent]) -> None:
        """Count the stage events among what was sent."""
        for event in events:
            if isinstance(event, StageEvent):
                self.stage_events.labels(event.stage or "none").inc()

    def show_outcomes(self, outcomes: Iterable[Outcome], precision: Mapping[AlertKind, Precision]) -> None:
        """Show what people have said of alerts, and what it makes of each kind."""
        self.outcomes.clear()
        for (kind, result), number in Tally((one.kind, one.result) for one in outcomes).items():
            self.outcomes.labels(kind, result).set(number)
        self.precision.clear()
        for kind, one in precision.items():
            self.precision.labels(kind).set(one.share)

    def count_identity_events(self, events: Iterable[KeyedEvent]) -> None:
        """Count what was said of identities, and what was handed on for it."""
        for event, number in Tally(map(_name_identity_event, events)).items():
            if event is not None:
                self.identity_events.labels(event).inc(number)

    def count_trends(self, sent: Iterable[Trend]) -> None:
        """Count confirmed trends."""
        for what, number in Tally(trend.what for trend in sent).items():
            self.trends.labels(what).inc(number)

    def count_dead_letter(self, reason: str) -> None:
        """Count one record set aside; its channel is not known."""
        self.messages.labels("unknown", "dead_lettered").inc()
        self.dead_letters.labels(reason).inc()

    def count_alert(self, alert: Alert, now_seconds: float) -> None:
        """Count one confirmed alert; `now_seconds` is wall time."""
        self.practice.count_alert(alert)
        self.alerts.labels(alert.kind, alert.severity, alert.state).inc()
        if alert.state != "resolved" and alert.listeners is not None:
            self.listeners.labels(alert.kind).observe(alert.listeners.expected)
        if alert.state != "resolved" and alert.crowd is not None:
            self.crowd_growth.labels(alert.kind).observe(alert.crowd.growth)
        # How late the past is told again says nothing of how late people are told.
        if alert.received_at is not None and not alert.replay:
            self.event_to_alert.observe(max(0.0, now_seconds - alert.received_at.timestamp()))


def _name_identity_event(event: KeyedEvent) -> str | None:
    match event:
        case Link():
            return "link" if event.canonical else "unlink"
        case Erasure():
            return "erasure"
        case Transfer():
            return "transfer"
        case Forward():
            return "forward"
    return None
