"""Drives the pipeline without a broker: the same functions, the same alerts, as fast as they go."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.message import Message, check_message
from monitor.core.milestone import Milestone, check_milestone
from monitor.core.partition import Marker, Partition
from monitor.core.pipeline import Instruments, note, score
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


def _choose_topic(step: Message | Milestone) -> str:
    return "replay.events" if isinstance(step, Milestone) else "replay"


def replay(
    steps: Iterable[Message | Milestone | Tick],
    instruments: Instruments,
    policy: Policy,
    *,
    choose_topic: Callable[[Message | Milestone], str] = _choose_topic,
) -> Replayed:
    """Run messages, milestones and ticks, in log order, through score and follow.

    Each stands at the offset of its place in partition 0 of its topic, and counts as received when it was said.
    """
    events: list[Event] = []
    rejected: list[tuple[int, Rejected]] = []
    offsets: Counter[str] = Counter()
    for step in steps:
        if isinstance(step, Tick):
            events.append(step)
            continue
        source = choose_topic(step)
        offset = offsets[source]
        offsets[source] += 1
        try:
            events.append(_score(step, Origin(source, 0, offset), instruments, policy))
        except Rejected as error:
            rejected.append((offset, error))
    partition, alerts = follow_log(enumerate(events), policy)
    scored = tuple(event for event in events if isinstance(event, Scored))
    return Replayed(scored, alerts, partition.states, tuple(rejected))


def _score(
    step: Message | Milestone, origin: Origin, instruments: Instruments, policy: Policy
) -> CustomerEvent:
    at_seconds = step.at.timestamp()
    if isinstance(step, Milestone):
        check_milestone(
            step, received_at_seconds=at_seconds, future_tolerance_seconds=_FUTURE_TOLERANCE_SECONDS
        )
        return note(step, origin, at_seconds, instruments)
    check_message(step, received_at_seconds=at_seconds, future_tolerance_seconds=_FUTURE_TOLERANCE_SECONDS)
    return score(step, origin, at_seconds, instruments, policy)


def follow_log(
    events: Iterable[tuple[int, Event]], policy: Policy
) -> tuple[Partition[Journey, CustomerEvent], tuple[Alert, ...]]:
    """Follow one partition of the scored log, (offset, event) in order, from its beginning."""
    partition = Partition(FOLLOW, {}, Marker())
    plan = partition.plan(events, policy, _UNBOUNDED)
    partition.apply(plan)
    return partition, tuple(plan.alerts)
