"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.machines import FOLLOW, SURGE, Event, Machine, Place, State
from monitor.core.message import Message, check_message
from monitor.core.milestone import Milestone, check_milestone
from monitor.core.partition import Marker, Partition, Plan
from monitor.core.pipeline import Instruments, note, score
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Origin, Scored, Tick
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


#: What stands in a source topic; bytes are still to be decoded.
Record: TypeAlias = Message | Milestone | bytes


class _Sources:
    """Partition 0 of each source topic, scored record by record."""

    def __init__(self, instruments: Instruments, policy: Policy) -> None:
        self._instruments = instruments
        self._policy = policy
        self._presence = Presence()
        self._offsets: Counter[str] = Counter()
        self._now_seconds = 0.0
        self.rejected: list[tuple[int, Rejected]] = []

    def pass_time(self, at: datetime) -> None:
        """Let the clock by which records arrive go on."""
        self._now_seconds = max(self._now_seconds, at.timestamp())

    def take(self, topic: str, record: Record) -> tuple[CustomerEvent | None, list[Trend]]:
        """Score the next record of a topic, and say what it tells of the source."""
        origin = Origin(topic, 0, self._offsets[topic])
        self._offsets[topic] += 1
        try:
            event = self._score(record, origin)
        except Rejected as error:
            self.rejected.append((origin.offset, error))
            return None, [tell_rejected(topic, origin, moment(self._now_seconds), error.reason)]
        if not self._presence.is_first(topic, event.received_at):
            return event, []
        return event, [tell_seen(topic, origin, event.received_at, event.at)]

    def _score(self, record: Record, origin: Origin) -> CustomerEvent:
        message = decode_message(record) if isinstance(record, bytes) else record
        self.pass_time(message.at)
        bounds = {
            "received_at_seconds": self._now_seconds,
            "future_tolerance_seconds": _FUTURE_TOLERANCE_SECONDS,
        }
        if isinstance(message, Milestone):
            check_milestone(message, **bounds)
            return note(message, origin, self._now_seconds, self._instruments)
        check_message(message, **bounds)
        return score(message, origin, self._now_seconds, self._instruments, self._policy)


def _choose_topic(record: Record) -> str:
    return "replay.events" if isinstance(record, Milestone) else "replay"


def replay(
    steps: Iterable[Record | Tick],
    instruments: Instruments,
    policy: Policy,
    *,
    choose_topic: Callable[[Record], str] = _choose_topic,
) -> Replayed:
    """Run messages, milestones and ticks, in log order, through score, follow and surge.

    A record stands at the offset of its place in partition 0 of its topic. It counts as received when it was said,
    or with what came before it if that is later; so does a record that is still to be decoded.
    """
    sources = _Sources(instruments, policy)
    following = Partition(FOLLOW, Place(SCORED), {}, Marker())
    scored_log: list[CustomerEvent | Tick] = []
    followed = 0
    alerts: list[Alert] = []
    trends: list[Trend | Tick] = []

    def follow_on() -> None:
        nonlocal followed
        plan = following.plan(enumerate(scored_log[followed:], followed), policy, _UNBOUNDED)
        following.apply(plan)
        followed = len(scored_log)
        alerts.extend(plan.alerts)
        trends.extend(plan.trends)

    for step in steps:
        if isinstance(step, Tick):
            sources.pass_time(step.at)
            scored_log.append(step)
            follow_on()
            continue
        event, told = sources.take(choose_topic(step), step)
        trends += told
        if event is not None:
            scored_log.append(event)
    follow_on()
    surging, surged = work_log(SURGE, Place(TRENDS), enumerate(trends), policy)
    return Replayed(
        scored=tuple(event for event in scored_log if isinstance(event, Scored)),
        alerts=tuple(alerts),
        crowd_alerts=tuple(surged.alerts),
        trends=tuple(trends),
        journeys=following.states,
        baselines=surging.states,
        rejected=tuple(sources.rejected),
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
