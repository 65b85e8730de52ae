"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.identity import Identities
from monitor.core.instruments import Instruments
from monitor.core.machine import Event, Machine, Place, State
from monitor.core.machines import FOLLOW, SURGE
from monitor.core.message import Message, check_message
from monitor.core.milestone import Milestone, check_milestone
from monitor.core.partition import Partition
from monitor.core.pipeline import note, score
from monitor.core.plan import Marker, Plan
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import CustomerEvent, Erasure, KeyedEvent, Link, Origin, Scored, Tick
from monitor.core.trend import CrowdJudgement, Trend, TrendEvent, tell_rejected, tell_seen
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
    #: Ids of alerts that are taken back, because their customer has been erased.
    removed: tuple[str, ...]
    trends: tuple[TrendEvent | Tick, ...]
    journeys: dict[str, bytes]
    baselines: dict[str, bytes]
    rejected: tuple[Rejected, ...]


class Arrival(msgspec.Struct, frozen=True):
    """One record of partition 0 of a source topic, or bytes that are none, and when it was appended."""

    topic: str
    received_at: datetime
    record: Message | Milestone | bytes


class _Source:
    """Partition 0 of a source topic, scored record by record."""

    def __init__(self, topic: str, instruments: Instruments, policy: Policy) -> None:
        self._topic = topic
        self._instruments = instruments
        self._policy = policy
        self._presence = Presence()
        self._offset = 0

    def take(self, arrival: Arrival) -> tuple[CustomerEvent | Rejected, list[Trend]]:
        """Score the next record, and say what it tells of the source."""
        origin, received_at = Origin(self._topic, 0, self._offset), arrival.received_at
        self._offset += 1
        try:
            event = self._score(arrival, origin)
        except Rejected as error:
            return error, [tell_rejected(self._topic, origin, received_at, error.reason)]
        told: list[Trend] = []
        if self._presence.is_first(self._topic, received_at.timestamp()):
            told.append(tell_seen(self._topic, origin, received_at, event.at))
        if isinstance(event, Scored) and event.unsupported_language is not None:
            told.append(tell_rejected(self._topic, origin, received_at, "unsupported_language"))
        return event, told

    def _score(self, arrival: Arrival, origin: Origin) -> CustomerEvent:
        received_at_seconds = arrival.received_at.timestamp()
        message = arrival.record
        if isinstance(message, bytes):
            message = decode_message(message)
        bounds = {
            "received_at_seconds": received_at_seconds,
            "future_tolerance_seconds": _FUTURE_TOLERANCE_SECONDS,
        }
        if isinstance(message, Milestone):
            check_milestone(message, **bounds)
            return note(message, origin, received_at_seconds, self._instruments, self._policy)
        check_message(message, **bounds)
        return score(message, origin, received_at_seconds, self._instruments, self._policy)


class _ScoredLog:
    """Partition 0 of the scored log, and what following it has told."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._following = Partition(FOLLOW, Place(SCORED), {}, Marker())
        self.events: list[KeyedEvent | Tick] = []
        self.alerts: list[Alert] = []
        self.removed: list[str] = []
        self.trends: list[TrendEvent | Tick] = []

    @property
    def states(self) -> dict[str, bytes]:
        return dict(self._following.states)

    def follow_on(self) -> None:
        """Follow to the end; what is handed on there stands behind it."""
        while (followed := self._following.marker.next_offset) < len(self.events):
            plan = self._following.plan(enumerate(self.events[followed:], followed), self._policy, _UNBOUNDED)
            self._following.apply(plan)
            self.events += plan.handed
            self.alerts += plan.alerts
            self.removed += plan.removed
            self.trends += plan.trends


def replay(
    steps: Iterable[Arrival | KeyedEvent | CrowdJudgement | Tick], instruments: Instruments, policy: Policy
) -> Replayed:
    """Run records and ticks, in log order, through score, follow and surge.

    An event that is keyed already goes into the scored log as it is; of a link, scoring knows from there on.
    """
    identities = Identities()
    instruments = msgspec.structs.replace(instruments, identities=identities)
    sources: dict[str, _Source] = {}
    log = _ScoredLog(policy)
    rejected: list[Rejected] = []
    for step in steps:
        if not isinstance(step, Arrival):
            # What the sources tell stands in the log as the ticks do: after what came before, not after all of it.
            log.follow_on()
            if isinstance(step, Link | Erasure):
                canonical = step.canonical if isinstance(step, Link) else None
                identities.learn(step.customer, canonical, step.at.timestamp())
            if isinstance(step, CrowdJudgement):
                log.trends.append(step)
                continue
            log.events.append(step)
            log.follow_on()
            continue
        source = sources.setdefault(step.topic, _Source(step.topic, instruments, policy))
        outcome, told = source.take(step)
        log.trends += told
        if isinstance(outcome, Rejected):
            rejected.append(outcome)
        else:
            log.events.append(outcome)
    log.follow_on()
    surging, surged = work_log(SURGE, Place(TRENDS), enumerate(log.trends), policy)
    return Replayed(
        scored=tuple(event for event in log.events if isinstance(event, Scored)),
        alerts=tuple(log.alerts),
        crowd_alerts=tuple(surged.alerts),
        removed=tuple(log.removed),
        trends=tuple(log.trends),
        journeys=log.states,
        baselines=dict(surging.states),
        rejected=tuple(rejected),
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
