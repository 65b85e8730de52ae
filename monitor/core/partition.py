"""The journeys of one partition of the scored log, and what a run of its records does to them.

`plan` decides without changing anything; `apply` makes a confirmed plan the state. The live worker puts its broker
confirmations between the two; a replay does not wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.pipeline import begin, move
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Event, Tick

_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode
_decode: Final = msgspec.msgpack.Decoder(Journey).decode


class Marker(msgspec.Struct, array_like=True):
    """How far the state has come: the next scored offset, and per source partition the last offset applied."""

    next_offset: int = 0
    sources: dict[str, int] = {}


class Failure(msgspec.Struct, frozen=True):
    """A record that our own code could not follow: set aside, never silently."""

    offset: int
    customer: str
    error: str


class Plan(msgspec.Struct):
    """What a run of records does: alerts to tell, journeys to store, and the marker that goes with both."""

    marker: Marker
    alerts: list[Alert]
    journeys: dict[str, bytes]
    #: When the next clock of each of these journeys runs out.
    wakes: dict[str, float | None]
    failures: list[Failure]
    #: Records read, and of them those that were applied before.
    records: int = 0
    repeats: int = 0


class Partition:
    """State of one partition: encoded journeys by customer, a marker, and the clocks that are running."""

    def __init__(self, journeys: dict[str, bytes], marker: Marker) -> None:
        self.journeys = journeys
        self.marker = marker
        wakes = ((_decode(value).wake_at, customer) for customer, value in journeys.items())
        #: Their last event failed: no tick asks them again before a message has gone well.
        self._stuck: set[str] = set()
        self._wakes = [(wake_at, customer) for wake_at, customer in wakes if wake_at is not None]
        heapify(self._wakes)

    def plan(self, events: Iterable[tuple[int, Event]], policy: Policy, bytes_at_most: int) -> Plan:
        """Follow events (offset, event) in order until the stored journeys would exceed `bytes_at_most`.

        The plan's marker says where it stopped; call again with the rest.
        """
        draft = _Draft(self, policy, bytes_at_most)
        for offset, event in events:
            draft.take(offset, event)
            if draft.is_full():
                break
        return draft.plan

    def apply(self, plan: Plan) -> None:
        """Make a plan, whose outputs and state are confirmed, the state."""
        self.journeys.update(plan.journeys)
        self.marker = plan.marker
        self._stuck.difference_update(plan.journeys)
        self._stuck.update(failure.customer for failure in plan.failures)
        for customer, wake_at in plan.wakes.items():
            if wake_at is not None:
                heappush(self._wakes, (wake_at, customer))

    def due(self, at_seconds: float, drafted: Mapping[str, float | None]) -> list[str]:
        """List the customers whose clocks have run out by then, earliest first; `drafted` goes before the state.

        Clocks that have been reset since are dropped; those returned stay due until their journey is applied.
        """
        found: dict[str, float] = {}
        kept: list[tuple[float, str]] = []
        while self._wakes and self._wakes[0][0] <= at_seconds:
            wake_at, customer = heappop(self._wakes)
            stored = self.journeys.get(customer)
            if stored is None or _decode(stored).wake_at != wake_at:
                continue
            kept.append((wake_at, customer))
            found[customer] = wake_at
        for entry in kept:
            heappush(self._wakes, entry)
        for customer, drafted_wake_at in drafted.items():
            found.pop(customer, None)
            if drafted_wake_at is not None and drafted_wake_at <= at_seconds:
                found[customer] = drafted_wake_at
        for customer in self._stuck.intersection(found):
            del found[customer]
        return sorted(found, key=lambda customer: (found[customer], customer))


class _Draft:
    """A plan in the making."""

    def __init__(self, partition: Partition, policy: Policy, bytes_at_most: int) -> None:
        self._partition = partition
        self._bytes_at_most = bytes_at_most
        self._stored_bytes = 0
        self._policy = policy
        marker = partition.marker
        self.plan = Plan(
            marker=Marker(marker.next_offset, dict(marker.sources)),
            alerts=[],
            journeys={},
            wakes={},
            failures=[],
        )

    def is_full(self) -> bool:
        """Tell whether the journeys to store have reached the bound."""
        return self._stored_bytes > self._bytes_at_most

    def take(self, offset: int, event: Event) -> None:
        plan = self.plan
        if offset < plan.marker.next_offset:
            plan.records += 1
            plan.repeats += 1
            return
        if isinstance(event, Tick):
            for customer in self._partition.due(event.at.timestamp(), plan.wakes):
                if self.is_full():
                    return  # the marker stays before the tick; what is done of it is no longer due
                self._follow(offset, customer, event)
        else:
            self._take_once(offset, event)
        plan.records += 1
        plan.marker.next_offset = offset + 1

    def _take_once(self, offset: int, event: CustomerEvent) -> None:
        plan = self.plan
        origin = event.origin
        source = f"{origin.topic}:{origin.partition}"
        if origin.offset <= plan.marker.sources.get(source, -1):
            plan.repeats += 1
            return
        plan.marker.sources[source] = origin.offset
        self._follow(offset, event.customer, event)

    def _follow(self, offset: int, customer: str, event: Event) -> None:
        plan = self.plan
        stored = plan.journeys.get(customer) or self._partition.journeys.get(customer)
        journey: Journey | None
        alerts: Sequence[Alert]
        try:
            if stored is None:
                journey, alerts = begin(event, self._policy)
            else:
                journey = _decode(stored)
                alerts = move(journey, event, self._policy)
            value = _encode(journey)
        except Exception as error:  # noqa: BLE001 - a bug in following one customer must not stop the others
            plan.failures.append(Failure(offset, customer, type(error).__name__))
            return
        if journey is None:
            return
        plan.alerts.extend(alerts)
        plan.journeys[customer] = value
        plan.wakes[customer] = journey.wake_at
        self._stored_bytes += len(value) + len(customer)
