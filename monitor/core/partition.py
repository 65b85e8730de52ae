"""The state of one partition of a log, by key, and what a run of its records does to it.

A machine says what is kept: journeys over the scored log, baselines over the trends.

`plan` decides without changing anything; `apply` makes a confirmed plan the state. The live worker puts its broker
confirmations between the two; a replay does not wait.
"""

from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush
from typing import Generic

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.machines import Event, Machine, Place, Scope, State, Traces
from monitor.core.policy import Policy
from monitor.core.scored import KeyedEvent, Tick
from monitor.core.trend import TRENDS_PER_RECORD, Presence, TrendEvent


class Marker(msgspec.Struct, array_like=True):
    """How far the state has come: the next offset of its log, and per partition behind it the last rank applied.

    Of the partitions whose ticks are passed on: the time up to which each is complete.
    """

    next_offset: int = 0
    sources: dict[str, int] = {}
    clocks: dict[str, float] = {}


class Failure(msgspec.Struct, frozen=True):
    """A record that our own code could not take: set aside, never silently."""

    offset: int
    key: str
    error: str


class Plan(msgspec.Struct):
    """What a run of records does: alerts to tell, states to store, and the marker that goes with both."""

    marker: Marker
    alerts: list[Alert]
    #: What the crowd is to know, and the ticks that are passed on, in their order.
    trends: list[TrendEvent | Tick]
    #: What is handed on to other keys, through their partitions of the same log.
    handed: list[KeyedEvent]
    #: None removes a state.
    states: dict[str, bytes | None]
    #: When the next clock of each of these states runs out.
    wakes: dict[str, float | None]
    failures: list[Failure]
    #: Up to when the clocks of all states have been looked at.
    ticked_until: float | None = None
    #: Records read, and of them those that were applied before.
    records: int = 0
    repeats: int = 0


def put(states: dict[str, bytes], changes: Mapping[str, bytes | None]) -> None:
    """Put changed values in their places; None removes one."""
    for key, value in changes.items():
        if value is None:
            states.pop(key, None)
        else:
            states[key] = value


class Partition(Generic[State, Event]):
    """State of one partition: encoded states by key, a marker, and the clocks that are running."""

    def __init__(
        self, machine: Machine[State, Event], place: Place, states: dict[str, bytes], marker: Marker
    ) -> None:
        self.machine = machine
        self.place = place
        self.presence = Presence()
        self.states = states
        self.marker = marker
        wakes = ((machine.decode(value).wake_at, key) for key, value in states.items())
        #: Their last event failed: no tick asks them again before a message has gone well.
        self._stuck: set[str] = set()
        self._wakes = [(wake_at, key) for wake_at, key in wakes if wake_at is not None]
        heapify(self._wakes)

    def plan(self, events: Iterable[tuple[int, Event | Tick]], policy: Policy, bytes_at_most: int) -> Plan:
        """Take events (offset, event) in order until the stored states would exceed `bytes_at_most`.

        The plan's marker says where it stopped; call again with the rest.
        """
        self.presence.drop()
        draft = _Draft(self, policy, bytes_at_most)
        for offset, event in events:
            draft.take(offset, event)
            if draft.is_full():
                break
        return draft.plan

    def apply(self, plan: Plan) -> None:
        """Make a plan, whose outputs and state are confirmed, the state."""
        put(self.states, plan.states)
        self.marker = plan.marker
        self.presence.keep()
        self._stuck.difference_update(plan.states)
        self._stuck.update(failure.key for failure in plan.failures)
        for key, wake_at in plan.wakes.items():
            if wake_at is not None:
                heappush(self._wakes, (wake_at, key))

    def list_waking(self) -> Iterator[State]:
        """List the states in which a clock is running."""
        for key in {key for _, key in self._wakes}:
            stored = self.states.get(key)
            if stored is not None:
                yield self.machine.decode(stored)

    def due(self, at_seconds: float, drafted: Mapping[str, float | None]) -> list[str]:
        """List the keys whose clocks have run out by then, earliest first; `drafted` goes before the state.

        Clocks that have been reset since are dropped; those returned stay due until their state is applied.
        """
        found: dict[str, float] = {}
        kept: list[tuple[float, str]] = []
        while self._wakes and self._wakes[0][0] <= at_seconds:
            wake_at, key = heappop(self._wakes)
            stored = self.states.get(key)
            if stored is None or self.machine.decode(stored).wake_at != wake_at:
                continue
            kept.append((wake_at, key))
            found[key] = wake_at
        for entry in kept:
            heappush(self._wakes, entry)
        for key, drafted_wake_at in drafted.items():
            found.pop(key, None)
            if drafted_wake_at is not None and drafted_wake_at <= at_seconds:
                found[key] = drafted_wake_at
        for key in self._stuck.intersection(found):
            del found[key]
        return sorted(found, key=lambda key: (found[key], key))


class _Draft(Generic[State, Event]):
    """A plan in the making."""

    def __init__(self, partition: Partition[State, Event], policy: Policy, bytes_at_most: int) -> None:
        self._partition = partition
        self._machine = partition.machine
        self._bytes_at_most = bytes_at_most
        self._stored_bytes = 0
        #: States as the plan has them, so that they are decoded once.
        self._moved: dict[str, State] = {}
        self._scope = Scope(policy, partition.place, partition.presence)
        marker = partition.marker
        self.plan = Plan(
            marker=Marker(marker.next_offset, dict(marker.sources), dict(marker.clocks)),
            alerts=[],
            trends=[],
            handed=[],
            states={},
            wakes={},
            failures=[],
        )

    def is_full(self) -> bool:
        """Tell whether the states to store have reached the bound."""
        return self._stored_bytes > self._bytes_at_most

    def take(self, offset: int, event: Event | Tick) -> None:
        plan = self.plan
        if offset < plan.marker.next_offset:
            plan.records += 1
            plan.repeats += 1
            return
        done = self._take_tick(offset, event) if isinstance(event, Tick) else self._take_event(offset, event)
        if done:
            plan.records += 1
            plan.marker.next_offset = offset + 1

    def _take_tick(self, offset: int, tick: Tick) -> bool:
        """Let time pass; tell whether all clocks have been looked at before the plan was full."""
        plan, origin = self.plan, tick.origin
        if origin is not None:
            source = f"{origin.topic}:{origin.partition}"
            rank = origin.offset * TRENDS_PER_RECORD
            if rank <= plan.marker.sources.get(source, -1):
                plan.repeats += 1
                return True
            passed = self._pass_time(source, tick)
        else:
            passed = tick
        if passed is not None:
            for key in self._partition.due(passed.at.timestamp(), plan.wakes):
                if self.is_full():
                    return False  # the marker stays before the tick; what is done of it is no longer due
                self._move(offset, key, passed)
            plan.ticked_until = passed.at.timestamp()
        if origin is not None:
            plan.marker.sources[source] = rank
        if self._machine.passes_time:
            place = self._scope.place
            plan.trends.append(
                Tick(at=tick.at, origin=self._scope.locate(offset), partitions=place.partitions)
            )
        return True

    def _pass_time(self, source: str, tick: Tick) -> Tick | None:
        """Note the clock of one partition, and find the tick that all of them agree on."""
        clocks = self.plan.marker.clocks
        clocks[source] = max(tick.at.timestamp(), clocks.get(source, tick.at.timestamp()))
        return Tick(at=moment(min(clocks.values()))) if len(clocks) >= tick.partitions else None

    def _take_event(self, offset: int, event: Event) -> bool:
        plan = self.plan
        source, rank = self._machine.find_rank(event)
        if rank <= plan.marker.sources.get(source, -1):
            plan.repeats += 1
            return True
        target = self._machine.find_target(event)
        for key in [target] if isinstance(target, str) else self._search(target):
            if self.is_full():
                return False  # as for a tick: whoever has been moved is no longer found
            self._move(offset, key, event)
        plan.marker.sources[source] = rank
        return True

    def _search(self, traces: Traces) -> list[str]:
        """List the keys of the states in which the traces are."""
        states = {**self._partition.states, **self.plan.states}
        return sorted(key for key, value in states.items() if value is not None and traces.are_in(value))

    def _move(self, offset: int, key: str, event: Event | Tick) -> None:
        plan, machine = self.plan, self._machine
        stored = plan.states[key] if key in plan.states else self._partition.states.get(key)
        try:
            before = self._moved.get(key) or (None if stored is None else machine.decode(stored))
            state, alerts, trends, handed = machine.step(before, event, offset, self._scope)
            value = None if state is None else machine.encode(state)
        except Exception as error:  # noqa: BLE001 - a bug in one state must not stop the others
            self._moved.pop(key, None)  # it may be half moved; what is stored is not
            plan.failures.append(Failure(offset, key, type(error).__name__))
            return
        plan.alerts.extend(alerts)
        plan.trends.extend(trends)
        plan.handed.extend(handed)
        if value is None and stored is None:
            return
        plan.states[key] = value
        if state is None:
            self._moved.pop(key, None)
            plan.wakes[key] = None
        else:
            self._moved[key] = state
            plan.wakes[key] = state.wake_at
        self._stored_bytes += len(value or b"") + len(key)
