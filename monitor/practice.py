"""The metrics of what customer-experience practice asks for: what is heard where, who is missed, who is won.

A part of the closed list of `metrics.py`, with the same rules.
"""

from collections import Counter as Tally
from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from monitor.core.alert import Alert
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.language import LANGUAGE_GROUPS, group_language
from monitor.core.message import CHANNELS
from monitor.core.policy import Policy
from monitor.core.praise import count_positive_listeners
from monitor.core.scored import Scored
from monitor.core.touchpoints import place_touchpoint
from monitor.core.trend import Trend

_WAITING_SECONDS: Final = (
    60.0,
    300.0,
    900.0,
    *(HOUR_SECONDS * hours for hours in (0.5, 1, 2, 4, 8, 24, 48, 72, 168)),
)


class Practice:
    """The list; it stands in the worker's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.touchpoints = Counter(
            "monitor_touchpoint_messages",
            "Messages of customers by stage and touchpoint of the catalogue: what is heard, and what is not.",
            ("stage", "touchpoint"),
            registry=registry,
        )
        self.unhappy = Counter(
            "monitor_unhappy_customers",
            "Cases opened, by whether support has ever seen the customer.",
            ("seen_by",),
            registry=registry,
        )
        self.touchpoint_gaps = Counter(
            "monitor_touchpoint_gaps",
            "Cases of customers who were content at another touchpoint just before.",
            ("stage",),
            registry=registry,
        )
        self.first_reply = Histogram(
            "monitor_first_reply_seconds",
            "How long an unhappy customer waited for the first real reply, by the channel of that reply.",
            ("channel",),
            buckets=_WAITING_SECONDS,
            registry=registry,
        )
        self.advocates_gained = Counter(
            "monitor_advocates_gained",
            "Customers who were alerted on, and say that the matter is settled.",
            registry=registry,
        )
        self.positive_listeners = Counter(
            "monitor_positive_listeners",
            "People whom content customers are expected to tell.",
            registry=registry,
        )
        self.unsupported_languages = Counter(
            "monitor_unsupported_language",
            "Messages of customers in a language that is not read, scored by rating and emoji alone.",
            ("language",),
            registry=registry,
        )
        for channel in CHANNELS:
            self.first_reply.labels(channel)
        for language in LANGUAGE_GROUPS:
            self.unsupported_languages.labels(language)
        for seen_by in ("support", "nobody"):
            self.unhappy.labels(seen_by)

    def count_said(self, batch: Iterable[Scored], policy: Policy) -> None:
        """Count what customers said, by touchpoint, and whom the content ones will tell."""
        inbound = [scored for scored in batch if scored.direction == "inbound"]
        touchpoints = Tally([place_touchpoint(scored.touchpoint, scored.stage) for scored in inbound])
        for (stage, touchpoint), number in touchpoints.items():
            self.touchpoints.labels(stage or "unknown", touchpoint).inc(number)
        positive = 0.0
        for scored in inbound:
            if scored.unsupported_language is not None:
                self.unsupported_languages.labels(group_language(scored.unsupported_language)).inc()
            positive += count_positive_listeners(scored, policy)
        self.positive_listeners.inc(positive)

    def count_cases(self, sent: Iterable[Trend]) -> None:
        """Count the cases that trends tell of."""
        unhappy, gaps = Tally[str](), Tally[str]()
        for trend in sent:
            if trend.first_seen_by is not None:
                unhappy[trend.first_seen_by] += 1
            if trend.answered_after_seconds is not None:
                self.first_reply.labels(trend.channel or "unknown").observe(trend.answered_after_seconds)
            if trend.gap:
                gaps[trend.stage or "unknown"] += 1
        for support, cases in unhappy.items():
            self.unhappy.labels(support).inc(cases)
        for stage, cases in gaps.items():
            self.touchpoint_gaps.labels(stage).inc(cases)

    def count_alert(self, alert: Alert) -> None:
        """Count an alert that says that a customer is content again."""
        if (alert.kind, alert.state) == ("recovered", "firing"):
            self.advocates_gained.inc()
