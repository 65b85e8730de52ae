"""The closed list of a worker's Prometheus metrics, with closed label sets, in seconds and bytes.

Never a customer, a text or an id in a label; a topic only if the settings name it.
"""

from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Collection
from itertools import product
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from monitor import __version__
from monitor.core.alert import AlertKind, AlertSeverity, AlertState
from monitor.core.message import CHANNELS, STAGES
from monitor.core.trend import WHATS
from monitor.errors import REJECTED_REASONS
from monitor.practice import Practice

_LATENCY_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_LISTENERS: Final = (1, 2, 5, 9, 12, 15, 20, 30, 50, 100, 200, 500, 1000, 10_000)
_COMPOUND: Final = (-0.8, -0.6, -0.4, -0.2, -0.05, 0.05, 0.2, 0.4, 0.6, 0.8, 1.0)
_GROWTH: Final = (1.5, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 50.0)
_RECORDS: Final = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)

IDENTITY_EVENTS: Final = ("link", "unlink", "erasure", "transfer", "forward")
#: What may come of a request to somebody who is told of alerts.
OUTCOMES: Final = ("sent", "failed", "refused")


class BatchHistogram(Histogram):
    """A histogram that takes the values of a batch at once: one lock for each bucket, and not for each value."""

    def observe_all(self, values: Collection[float]) -> None:
        """Observe each of the values."""
        self._sum.inc(sum(values))
        places = Tally(bisect_left(self._upper_bounds, value) for value in values)
        for place, number in places.items():
            self._buckets[place].inc(number)


class MetricList:
    """The list; one per worker process, on a registry of its own."""

    def __init__(self, registry: CollectorRegistry, policy_hash: str) -> None:
        self.registry = registry
        self.messages = Counter(
            "monitor_messages",
            "Messages taken from the source topics, by what became of them.",
            ("channel", "outcome"),
            registry=registry,
        )
        self.sentiment = BatchHistogram(
            "monitor_sentiment_compound",
            "vaderSentiment's compound score of inbound messages in a language that is read.",
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
        self.outcomes = Gauge(
            "monitor_outcomes",
            "Alerts by the last word of people on them; every worker shows all of them.",
            ("kind", "result"),
            registry=registry,
        )
        self.precision = Gauge(
            "monitor_alert_precision",
            "Share of the judged alerts of a kind that were right (0 to 1); every worker shows the same.",
            ("kind",),
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
        self.open_crowds = Gauge(
            "monitor_open_crowd_alerts", "Open alerts about crowds.", ("kind", "category"), registry=registry
        )
        self.crowd_growth = Histogram(
            "monitor_crowd_growth_ratio",
            "How many times the usual a crowd is, when an alert about it fires or is updated.",
            ("kind",),
            buckets=_GROWTH,
            registry=registry,
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
            "Decisions about paging: granted, suppressed by the budget, grouped under another, stale, or replayed.",
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
