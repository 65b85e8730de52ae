"""Every Prometheus metric of a worker: a closed list with closed label sets, in seconds and bytes.

Never a customer, a text or an id in a label; a topic only if the settings name it.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from monitor import __version__
from monitor.core.alert import Alert, AlertKind, AlertSeverity, AlertState
from monitor.core.message import CHANNELS, STAGES
from monitor.core.scored import CustomerEvent, Erasure, Forward, KeyedEvent, Link, StageEvent, Transfer
from monitor.core.trend import WHATS, Trend
from monitor.errors import REJECTED_REASONS
from monitor.practice import Practice

_LATENCY_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_LISTENERS: Final = (1, 2, 5, 9, 12, 15, 20, 30, 50, 100, 200, 500, 1000, 10_000)
_COMPOUND: Final = (-0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0)
_RECORDS: Final = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)

IDENTITY_EVENTS: Final = ("link", "unlink", "erasure", "transfer", "forward")
#: What may come of a request to somebody who is told of alerts.
OUTCOMES: Final = ("sent", "failed", "refused")


class Metrics:
    """The list; one per worker process, on a registry of its own."""

    def __init__(self, registry: CollectorRegistry, policy_hash: str) -> None:
        self.registry = registry
        self.messages = Counter(
            "monitor_messages",
            "Messages taken from the source topics, by what became of them.",
            ("channel", "outcome"),
            registry=registry,
        )
        self.sentiment = Histogram(
            "monitor_sentiment_compound",
            "vaderSentiment's compound score of inbound messages.",
            ("channel",),
            buckets=_COMPOUND,
            registry=registry,
        )
        self.complaints = Counter(
            "monitor_complaints",
            "Messages found to be complaints.",
            ("category", "stage", "channel"),
            registry=registry,
        )
        self.stage_events = Counter(
            "monitor_stage_events",
            "Stage events of the user's own systems, by the stage that they take a customer to.",
            ("stage",),
            registry=registry,
        )
        self.late = Counter(
            "monitor_late_messages",
            "Messages that arrived later than the policy's bound after they were said; each is placed by its own time.",
            ("topic",),
            registry=registry,
        )
        self.clock_skew = Gauge(
            "monitor_source_clock_skew_seconds",
            "By how much the clock of a source is ahead (below 0: behind); 0 while nothing shows that it is wrong.",
            ("topic",),
            registry=registry,
        )
        self.practice = Practice(registry)
        self.listeners = Histogram(
            "monitor_listeners_expected",
            "People that a customer is expected to tell, when an alert fires or is updated.",
            ("kind",),
            buckets=_LISTENERS,
            registry=registry,
        )
        self.alerts = Counter(
            "monitor_alerts", "Alerts published.", ("kind", "severity", "state"), registry=registry
        )
        self.open_alerts = Gauge(
            "monitor_open_alerts",
            "Alerts that have fired and are not resolved, in the partitions of this worker.",
            ("kind",),
            registry=registry,
        )
        self.open_listeners = Gauge(
            "monitor_open_listeners",
            "People whom the customers of the open alerts are expected to tell, by kind of alert.",
            ("kind",),
            registry=registry,
        )
        self.dead_letters = Counter(
            "monitor_dead_letters",
            "Records set aside in the dead-letter topic.",
            ("reason",),
            registry=registry,
        )
        self.identity_events = Counter(
            "monitor_identity_events",
            "Links, unlinks and erasures put into the scored log, and journeys and late events handed on for them.",
            ("event",),
            registry=registry,
        )
        self.repeats = Counter(
            "monitor_repeats",
            "Scored records and trends that had been applied before, and were skipped.",
            registry=registry,
        )
        self.skipped = Counter(
            "monitor_skipped_records",
            "Scored records and trends that were gone before they were worked: lost to retention, or to a fault.",
            registry=registry,
        )
        self.event_to_alert = Histogram(
            "monitor_event_to_alert_seconds",
            "From the append of a source record to the confirmation of the alert it caused.",
            buckets=_LATENCY_SECONDS,
            registry=registry,
        )
        self.batch_records = Histogram(
            "monitor_batch_records",
            "Records worked as one batch.",
            ("agent",),
            buckets=_RECORDS,
            registry=registry,
        )
        self.batch_seconds = Histogram(
            "monitor_batch_seconds",
            "Time to work one batch, confirmations included.",
            ("agent",),
            buckets=_LATENCY_SECONDS,
            registry=registry,
        )
        self.lag = Gauge(
            "monitor_lag_seconds",
            "Age of the last record worked while more are waiting; 0 when none is.",
            ("topic", "partition"),
            registry=registry,
        )
        self.journeys = Gauge(
            "monitor_journeys",
            "Names in the state of a partition: customers, names that lead to them, and the erased for a while.",
            ("partition",),
            registry=registry,
        )
        self.followed_until = Gauge(
            "monitor_followed_until_timestamp_seconds",
            "Event time of the last tick that a partition has followed: every clock up to then has been looked at.",
            ("partition",),
            registry=registry,
        )
        self.trends = Counter(
            "monitor_trends", "What single records meant to the crowd.", ("what",), registry=registry
        )
        self.baselines = Gauge(
            "monitor_baselines", "Subjects in the state of a partition.", ("partition",), registry=registry
        )
        self.surged_until = Gauge(
            "monitor_surged_until_timestamp_seconds",
            "Event time up to which a partition has looked at the clocks of all its subjects.",
            ("partition",),
            registry=registry,
        )
        self.restore_seconds = Histogram(
            "monitor_restore_seconds",
            "Time to claim and restore one partition.",
            buckets=_LATENCY_SECONDS,
            registry=registry,
        )
        self.pages = Counter(
            "monitor_pages",
            "Decisions about paging: granted, suppressed by the budget, grouped under a surge, stale, or replayed.",
            ("owner", "decision"),
            registry=registry,
        )
        self.notifications = Counter(
            "monitor_notifications",
            "Requests to a target that is told of alerts, by what came of them.",
            ("target", "outcome"),
            registry=registry,
        )
        self.notifier_backlog = Gauge(
            "monitor_notifier_backlog",
            "Paged alerts of which a target has not confirmed the latest state.",
            ("target",),
            registry=registry,
        )
        self.notifier_last_success = Gauge(
            "monitor_notifier_last_success_timestamp_seconds",
            "When a target last confirmed something.",
            ("target",),
            registry=registry,
        )
        self._lagging: set[tuple[str, str]] = set()
        # A counter that first shows at N has no increase: every label value that is known begins at 0.
        for event in IDENTITY_EVENTS:
            self.identity_events.labels(event)
        for kind in get_args(AlertKind):
            self.open_alerts.labels(kind)
            self.open_listeners.labels(kind)
            for severity, state in product(get_args(AlertSeverity), get_args(AlertState)):
                self.alerts.labels(kind, severity, state)
        for reason in REJECTED_REASONS:
            self.dead_letters.labels(reason)
        for channel in CHANNELS:
            self.messages.labels(channel, "scored")
        self.messages.labels("unknown", "dead_lettered")
        for stage in (*STAGES, "none"):
            self.stage_events.labels(stage)
        for what in WHATS:
            self.trends.labels(what)
        ProcessCollector(registry=registry)
        build = Gauge(
            "monitor_build_info", "1; the labels say what runs.", ("version", "policy"), registry=registry
        )
        build.labels(__version__, policy_hash).set(1)

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

    def count_scored(self, batch: Iterable[CustomerEvent]) -> None:
        """Count the messages and stage events of one batch; each label set is looked up once, not once a message."""
        compounds: defaultdict[str, list[float]] = defaultdict(list)
        messages: Tally[str] = Tally()
        complaints: Tally[tuple[str, str, str]] = Tally()
        for scored in batch:
            if isinstance(scored, StageEvent):
                self.stage_events.labels(scored.stage or "none").inc()
                continue
            messages[scored.channel] += 1
            if scored.direction == "inbound":
                compounds[scored.channel].append(scored.sentiment.compound)
            if scored.complaint.is_complaint:
                complaints[scored.complaint.category, scored.stage or "unknown", scored.channel] += 1
        for channel, number in messages.items():
            self.messages.labels(channel, "scored").inc(number)
        for labels, number in complaints.items():
            self.complaints.labels(*labels).inc(number)
        for channel, values in compounds.items():
            observe = self.sentiment.labels(channel).observe
            for value in values:
                observe(value)

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
        self.alerts.labels(alert.kind, alert.severity, alert.state).inc()
        self.practice.count_alert(alert)
        if alert.state != "resolved" and alert.listeners is not None:
            self.listeners.labels(alert.kind).observe(alert.listeners.expected)
        if alert.received_at is not None:
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
