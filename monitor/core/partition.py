"""The state of one partition of a log, by key, and what a run of its records does to it.

A machine says what is kept: journeys over the scored log, baselines over the trends.

`plan` decides without changing anything; `apply` makes a confirmed plan the state. The live worker puts its broker
confirmations between the two; a replay does not wait.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, Generic, cast

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.clocks import Clocks
from monitor.core.machine import Event, Machine, Place, Scope, State, Traces
from monitor.core.plan import Failure, Marker, Plan
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import KeyedEvent, Tick
from monitor.core.states import MemoryStates, States, describe_mismatch
from monitor.core.trend import TRENDS_PER_RECORD, TrendEvent
from monitor.errors import ChangelogError

#: One event hardly adds more to a state.
_GROWTH_BYTES: Final = 2_048


class Partition(Generic[State, Event]):
    """State of one partition: encoded states by key, a marker, and the clocks that are running."""

    def __init__(
        self, machine: Machine[State, Event], place: Place, states: Mapping[str, bytes], marker: Marker
    ) -> None:
        self.machine = machine
        self.place = place
        self.presence = Presence()
        self.states = states if isinstance(states, States) else MemoryStates(machine.find_wake, states)
        self.marker = marker
        self.clocks = Clocks(self.states)
        #: States that the last plans moved, decoded, the latest last; a plan takes them out.
        self._decoded: dict[str, State] = {}
        self._draft: _Draft[State, Event] | None = None

    def plan(self, events: Iterable[tuple[int, Event | Tick]], policy: Policy, bytes_at_most: int) -> Plan:
        """Take events (offset, event) in order until the stored states would exceed `bytes_at_most`.

        The plan's marker says where it stopped; call again with the rest.
        """
        events = tuple(events)
        try:
            return self._plan(events, policy, bytes_at_most, is_careful=False)
        except Exception:  # noqa: BLE001 - a bug: taken with care, the one event is found, and costs no other
            return self._plan(events, policy, bytes_at_most, is_careful=True)

    def _plan(
        self,
        events: Iterable[tuple[int, Event | Tick]],
        policy: Policy,
        bytes_at_most: int,
        *,
        is_careful: bool,
    ) -> Plan:
        self.presence.drop()
        self._draft = draft = _Draft(self, policy, bytes_at_most, is_careful=is_careful)
        for offset, event in events:
            draft.take(offset, event)
            if draft.is_full():
                break
        draft.encode()
        return draft.plan

    def apply(self, plan: Plan) -> None:
        """Make a plan, whose outputs and state are confirmed, the state."""
        self.states.put(plan.states)
        self.marker = plan.marker
        self.presence.keep()
        self.clocks.note(plan.wakes, (failure.key for failure in plan.failures))
        if self._draft is not None and self._draft.plan is plan:
            self._remember(self._draft.moved)
        self._draft = None

    def hand_out(self, key: str, stored: bytes) -> State:
        """Decode a state, unless it is remembered; it is the caller's to move."""
        known = self._decoded.pop(key, None)
        if known is not None:
            return known
        try:
            return self.machine.decode(key, stored)
        except msgspec.MsgspecError as error:
            raise ChangelogError(f"{self.place.topic}: {describe_mismatch(error)}") from None

    def _remember(self, moved: Mapping[str, State]) -> None:
        if not self.machine.decoded_at_most:
            return
        self._decoded.update(moved)
        for key in list(self._decoded)[: -self.machine.decoded_at_most]:
            del self._decoded[key]


class _Draft(Generic[State, Event]):
    """A plan in the making."""

    def __init__(
        self, partition: Partition[State, Event], policy: Policy, bytes_at_most: int, *, is_careful: bool
    ) -> None:
        self._partition = partition
        self._machine = partition.machine
        self._bytes_at_most = bytes_at_most
        #: Encode every state after every event, so that an event that fails costs nothing but itself.
        self._is_careful = is_careful
        #: What each encoded state to store takes, and their sum.
        self._sizes: dict[str, int] = {}
        self._bytes = 0
        #: What is still to be encoded, and how much that may be at most.
        self._unencoded: set[str] = set()
        self._unencoded_bytes = 0
        #: States as the plan has them, so that they are decoded once.
        self.moved: dict[str, State] = {}
        self._scope = Scope(policy, partition.place, partition.presence)
        was = partition.marker
        self.plan = Plan(Marker(was.next_offset, dict(was.sources), dict(was.clocks), was.counted))

    def is_full(self) -> bool:
        """Tell whether the states to store have reached the bound; they are encoded where they might have."""
        if self._bytes + self._unencoded_bytes > self._bytes_at_most:
            self.encode()
        return self._bytes > self._bytes_at_most

    def encode(self) -> None:
        """Encode what has moved since it was last encoded: once, however many events have moved it."""
        for key in self._unencoded:
            value = self.plan.states[key] = self._machine.encode(self.moved[key])
            self._weigh(key, len(value))
        self._unencoded.clear()
        self._unencoded_bytes = 0

    def take(self, offset: int, event: Event | Tick) -> None:
        plan = self.plan
        if offset < plan.marker.next_offset:
            plan.records += 1
            plan.repeats += 1
            return
        done = (
            self._take_tick(offset, event)
            if type(event) is Tick
            else self._take_event(offset, cast("Event", event))
        )
        if done:
            plan.records += 1
            plan.marker.next_offset = offset + 1

    def _take_tick(self, offset: int, tick: Tick) -> bool:
        """Let time pass; tell whether all clocks have been looked at before the plan was full."""
        plan, origin = self.plan, tick.origin
        if origin is not None:
            source = origin.source
            rank = origin.offset * TRENDS_PER_RECORD
            if rank <= plan.marker.sources.get(source, -1):
                plan.repeats += 1
                return True
            passed = self._pass_time(source, tick)
        else:
            passed = tick
        if passed is not None:
            for key in self._partition.clocks.due(passed.at.timestamp(), plan.wakes):
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
        sources = self.plan.marker.sources
        source, rank = self._machine.find_rank(event)
        if rank <= sources.get(source, -1):
            self.plan.repeats += 1
            return True
        target = self._machine.find_target(event)
        if isinstance(target, str):
            self._move(offset, target, event)
        else:
            for key in self._list_keys(target):
                if self.is_full():
                    return False  # as for a tick: whoever has been moved is no longer found
                self._move(offset, key, event)
        sources[source] = rank
        return True

    def _list_keys(self, traces: Traces) -> list[str]:
        self.encode()
        states = self.plan.states
        kept = ((key, value) for key, value in self._partition.states.items() if key not in states)
        return traces.find(chain(kept, states.items()))

    def _move(self, offset: int, key: str, event: Event | Tick) -> None:
        plan, machine = self.plan, self._machine
        try:
            before = self.moved.get(key) or self._find(key)
            state, alerts, trends, handed, removed = machine.step(before, event, offset, self._scope)
            value = machine.encode(state) if self._is_careful and state is not None else None
        except ChangelogError:
            raise  # no fault of the event's: every one for this key would be set aside
        except Exception as error:  # a bug in one state must not stop the others
            if not self._is_careful:
                raise
            self.moved.pop(key, None)  # it may be half moved; what is stored is not
            plan.failures.append(Failure(offset, key, type(error).__name__))
            return
        # Of most events there is nothing to tell.
        if alerts or trends or handed or removed:
            self._tell(alerts, trends, handed, removed)
        if state is not before:
            plan.marker.counted += machine.counts(state) - machine.counts(before)
        elif state is None:
            return
        plan.states[key] = value
        if state is None:
            self.moved.pop(key, None)
            self._unencoded.discard(key)
            plan.wakes[key] = None
            self._weigh(key, 0)
            return
        self.moved[key] = state
        plan.wakes[key] = state.wake_at
        if value is None:
            self._unencoded.add(key)
            self._unencoded_bytes += _GROWTH_BYTES
        else:
            self._weigh(key, len(value))

    def _tell(
        self,
        alerts: Sequence[Alert],
        trends: Sequence[TrendEvent],
        handed: Sequence[KeyedEvent],
        removed: Sequence[str],
    ) -> None:
        plan = self.plan
        plan.alerts += alerts
        plan.trends += trends
        plan.handed += handed
        plan.removed += removed

    def _find(self, key: str) -> State | None:
        """Find a state that the plan has not moved, or, where it is careful, has encoded."""
        states = self.plan.states
        if key in states:
            stored = states[key]
            return None if stored is None else self._machine.decode(key, stored)
        stored = self._partition.states.get(key)
        if stored is None:
            return None
        self._unencoded_bytes += len(stored)
        return self._partition.hand_out(key, stored)

    def _weigh(self, key: str, size: int) -> None:
        self._bytes += size - self._sizes.get(key, -len(key))
        self._sizes[key] = size
