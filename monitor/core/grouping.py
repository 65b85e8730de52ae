"""Which open alerts belong together: those under one surge, and those about one customer at one moment.

`follow` decides by customer, `surge` by subject, each in partitions of a log of its own: neither can know what the
other has open, at a moment that a replay would repeat. The alert topic has one order, in which both stand. So they are
joined there, by who tells people of them, and by what every alert carries: its `subject` and its `customer`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

import msgspec

from monitor.core.alert import RANKS, SURGES, Alert, Group
from monitor.core.desk import Page
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.routing import Routing, find_owner


class Families:
    """The open alerts of one moment, by what they have in common; good news belongs to none."""

    def __init__(self, pages: Iterable[Page], routing: Routing, together_minutes: float) -> None:
        self._together_seconds = together_minutes * MINUTE_SECONDS
        self._routing = routing
        self._surges: defaultdict[str, list[Page]] = defaultdict(list)
        self._customers: defaultdict[tuple[str, str], list[Page]] = defaultdict(list)
        self._members: Counter[str] = Counter()
        for one in pages:
            alert = one.alert
            if one.is_resolved or alert.severity == "info":
                continue
            if alert.kind in SURGES:
                self._surges[alert.subject].append(one)
                continue
            self._members[alert.subject] += 1
            if alert.customer is not None:
                self._customers[find_owner(alert, routing), alert.customer].append(one)

    def join(self, alert: Alert) -> Alert:
        """Write into an open alert what it belongs to now."""
        if alert.severity == "info":
            return alert
        is_surge = alert.kind in SURGES
        parent = None if is_surge else next((one.alert.id for one in self._surges[alert.subject]), None)
        similar = self._members[alert.subject] - (not is_surge)
        return msgspec.structs.replace(alert, group=Group(parent=parent, similar=similar))

    def find_speaker(self, one: Page) -> Alert | None:
        """Find the alert that speaks for this one too; a milder one does not speak for what is critical."""
        alert = one.alert
        if alert.kind in SURGES or alert.severity == "info":
            return None
        surges = self._surges[alert.subject]
        known = [surge.alert for surge in surges if surge.is_known and _is_as_severe(surge, one)]
        if known or alert.customer is None:
            return next(iter(known), None)
        others = self._customers[find_owner(alert, self._routing), alert.customer]
        return next((other.alert for other in others if self._covers(other, one)), None)

    def _covers(self, other: Page, one: Page) -> bool:
        """Tell whether another alert of the customer says enough: it was paged, or waits and goes first."""
        apart = abs((other.alert.opened_at - one.alert.opened_at).total_seconds())
        if other is one or apart > self._together_seconds or not _is_as_severe(other, one):
            return False
        return other.decision == "granted" or (other.decision == "waiting" and _rank(other) < _rank(one))


def _is_as_severe(one: Page, other: Page) -> bool:
    return RANKS[one.alert.severity] >= RANKS[other.alert.severity]


def _rank(one: Page) -> tuple[int, float, str]:
    return -RANKS[one.alert.severity], one.alert.opened_at.timestamp(), one.alert.id
