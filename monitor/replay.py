"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from monitor.core.alert import Alert, moment
from monitor.core.machines import FOLLOW, SURGE, Event, Machine, Place, State
from monitor.core.message import Message, check_message
from monitor.core.partition import Marker, Partition, Plan
from monitor.core.pipeline import Instruments, score
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


def replay(
    steps: Iterable[Message | bytes | Tick],
    instruments: Instruments,
    policy: Policy,
    *,
    topic: str = "replay",
) -> Replayed:
    """Run messages and ticks, in log order, through score, follow and surge.

    A message stands at the offset of its place among the messages of partition 0 of `topic`. It counts as received
    when it was said, or with what came before it if that is later; so does a record that is still to be decoded.
    """
    source = _Source(topic, instruments, policy)
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
            source.pass_time(step.at)
            scored_log.append(step)
            follow_on()
            continue
        scored, told = source.take(step)
        trends += told
        if scored is not None:
            scored_log.append(scored)
    follow_on()
    surging, surged = work_log(SURGE, Place(TRENDS), enumerate(trends), policy)
    return Replayed(
        scored=tuple(event for event in scored_log if isinstance(event, Scored)),
        alerts=tuple(alerts),
        crowd_alerts=tuple(surged.alerts),
        trends=tuple(trends),
        journeys=following.states,
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
