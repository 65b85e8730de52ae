"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections.abc import Iterable
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.message import Message, check_message
from monitor.core.partition import Marker, Partition
from monitor.core.pipeline import Instruments, score
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Event, Origin, Scored, Tick
from monitor.errors import Rejected

_UNBOUNDED: Final = 2**62
_FUTURE_TOLERANCE_SECONDS: Final = 300.0


class Replayed(msgspec.Struct, frozen=True):
    """What came of it: scored messages, alerts in order, encoded journeys by customer, and what was refused."""

    scored: tuple[Scored, ...]
    alerts: tuple[Alert, ...]
    journeys: dict[str, bytes]
    rejected: tuple[tuple[int, Rejected], ...]


def replay(
    steps: Iterable[Message | Tick], instruments: Instruments, policy: Policy, *, topic: str = "replay"
) -> Replayed:
    """Run messages and ticks, in log order, through score and follow.

    A message stands at the offset of its place among the messages of partition 0 of `topic`, and counts as received
    when it was said.
    """
    events: list[Event] = []
    rejected: list[tuple[int, Rejected]] = []
    offset = 0
    for step in steps:
        if isinstance(step, Tick):
            events.append(step)
            continue
        at_seconds = step.at.timestamp()
        try:
            check_message(
                step, received_at_seconds=at_seconds, future_tolerance_seconds=_FUTURE_TOLERANCE_SECONDS
            )
            events.append(score(step, Origin(topic, 0, offset), at_seconds, instruments, policy))
        except Rejected as error:
            rejected.append((offset, error))
        offset += 1
    partition, alerts = follow_log(enumerate(events), policy)
    scored = tuple(event for event in events if isinstance(event, Scored))
    return Replayed(scored, alerts, partition.states, tuple(rejected))


def follow_log(
    events: Iterable[tuple[int, Event]], policy: Policy
) -> tuple[Partition[Journey, CustomerEvent], tuple[Alert, ...]]:
    """Follow one partition of the scored log, (offset, event) in order, from its beginning."""
    partition = Partition(FOLLOW, {}, Marker())
    plan = partition.plan(events, policy, _UNBOUNDED)
    partition.apply(plan)
    return partition, tuple(plan.alerts)
