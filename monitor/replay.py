"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.identity import Identities
from monitor.core.machines import FOLLOW, SURGE, Event, Machine, Place, State
from monitor.core.message import Message, check_message
from monitor.core.partition import Marker, Partition, Plan
from monitor.core.pipeline import Instruments, score
from monitor.core.policy import Policy
from monitor.core.scored import Erasure, KeyedEvent, Link, Origin, Scored, Tick
from monitor.core.trend import Presence, Trend, tell_rejected, tell_seen
from monitor.errors import Rejected
from monitor.topics import SCORED, TRENDS
from monitor.wire import decode_message

_UNBOUNDED: Final = 2**62
_FUTURE_TOLERANCE_SECONDS: Final = 300.0


class Replayed(msgspec.Struct, frozen=True):
    """What came of it: scored messages, what each agent told in order, their states, and what was refused."""

    scored: tuple[Scored, ...]
    alerts: tuple[Alert, ...]
    crowd_alerts: tuple[Alert, ...]
    trends: tuple[Trend | Tick, ...]
    journeys: dict[str, bytes]
    baselines: dict[str, bytes]
    rejected: tuple[tuple[int, Rejected], ...]


class _Source:
    """Partition 0 of a source topic, scored record by record."""

    def __init__(self, topic: str, instruments: Instruments, policy: Policy) -> None:
        self._topic = topic
        self._instruments = instruments
        self._policy = policy
        self._presence = Presence()
        self._offset = 0
        self._now_seconds = 0.0
        self.rejected: list[tuple[int, Rejected]] = []

    def pass_time(self, at: datetime) -> None:
        """Let the clock by which records arrive go on."""
        self._now_seconds = max(self._now_seconds, at.timestamp())

    def take(self, record: Message | bytes) -> tuple[Scored | None, list[Trend]]:
        """Score the next record, and say what it tells of the source."""
        origin = Origin(self._topic, 0, self._offset)
        self._offset += 1
        try:
            message = decode_message(record) if isinstance(record, bytes) else record
            self.pass_time(message.at)
            check_message(
                message,
                received_at_seconds=self._now_seconds,
                future_tolerance_seconds=_FUTURE_TOLERANCE_SECONDS,
            )
            scored = score(message, origin, self._now_seconds, self._instruments, self._policy)
        except Rejected as error:
            self.rejected.append((origin.offset, error))
            return None, [tell_rejected(self._topic, origin, moment(self._now_seconds), error.reason)]
        if not self._presence.is_first(self._topic, scored.received_at):
            return scored, []
        return scored, [tell_seen(self._topic, origin, scored.received_at, scored.at)]


class _ScoredLog:
    """Partition 0 of the scored log, and what following it has told."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._following = Partition(FOLLOW, Place(SCORED), {}, Marker())
        self._followed = 0
        self.events: list[KeyedEvent | Tick] = []
        self.alerts: list[Alert] = []
        self.trends: list[Trend | Tick] = []

    @property
    def states(self) -> dict[str, bytes]:
        return self._following.states

    def follow_on(self) -> None:
        """Follow to the end; what is handed on there stands behind it."""
        while self._followed < len(self.events):
            events = enumerate(self.events[self._followed :], self._followed)
            plan = self._following.plan(events, self._policy, _UNBOUNDED)
            self._following.apply(plan)
            self._followed = len(self.events)
            self.events += plan.handed
            self.alerts += plan.alerts
            self.trends += plan.trends


def replay(
    steps: Iterable[Message | bytes | KeyedEvent | Tick],
    instruments: Instruments,
    policy: Policy,
    *,
    topic: str = "replay",
) -> Replayed:
    """Run messages and ticks, in log order, through score, follow and surge.

    A message stands at the offset of its place among the messages of partition 0 of `topic`. It counts as received
    when it was said, or with what came before it if that is later; so does a record that is still to be decoded.
    An event that is keyed already goes into the scored log as it is; of a link, scoring knows from there on.
    """
    identities = Identities()
    source = _Source(topic, msgspec.structs.replace(instruments, identities=identities), policy)
    log = _ScoredLog(policy)
    for step in steps:
        if isinstance(step, Message | bytes):
            scored, told = source.take(step)
            log.trends += told
            if scored is not None:
                log.events.append(scored)
            continue
        if isinstance(step, Tick):
            source.pass_time(step.at)
        elif isinstance(step, Link | Erasure):
            identities.learn(step.customer, step.canonical if isinstance(step, Link) else None)
            log.follow_on()
        log.events.append(step)
        log.follow_on()
    log.follow_on()
    surging, surged = work_log(SURGE, Place(TRENDS), enumerate(log.trends), policy)
    return Replayed(
        scored=tuple(event for event in log.events if isinstance(event, Scored)),
        alerts=tuple(log.alerts),
        crowd_alerts=tuple(surged.alerts),
        trends=tuple(log.trends),
        journeys=log.states,
        baselines=surging.states,
        rejected=tuple(source.rejected),
    )


def work_log(
    machine: Machine[State, Event],
    place: Place,
    events: Iterable[tuple[int, Event | Tick]],
    policy: Policy,
) -> tuple[Partition[State, Event], Plan]:
    """Work one partition of a log, (offset, event) in order, from its beginning."""
    partition = Partition(machine, place, {}, Marker())
    plan = partition.plan(events, policy, _UNBOUNDED)
    partition.apply(plan)
    return partition, plan
