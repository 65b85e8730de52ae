"""The `follow` agent: scored records and ticks in, alerts and trends out, one journey per customer."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from monitor.core.held import Held
from monitor.core.machines import FOLLOW
from monitor.core.packing import find_expected
from monitor.core.partition import Partition
from monitor.core.plan import Plan
from monitor.core.policy import Policy
from monitor.core.scored import KeyedEvent
from monitor.metrics import Metrics
from monitor.records import decode_event
from monitor.stream.keeper import Keeper, Kept, OpenStates, open_in_memory
from monitor.stream.standing import Open, Standing
from monitor.topics import JOURNEYS, SCORED

_FOLLOWING: Final = Kept("follow", SCORED, JOURNEYS, FOLLOW, decode_event)


class JourneyGauges:
    """How many journeys there are, what stands open in them, and up to when their clocks have been looked at."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._standing = Standing(metrics)
        #: By partition what stood open before its plan with the customers whom alerts are about, and what after it.
        self._told: dict[int, tuple[list[Open], list[Open]]] = {}

    def show(self, partition: Partition[Held, KeyedEvent]) -> None:
        self._count(partition)
        # A journey without a clock has none.
        waking = (partition.states[key] for key in partition.states.list_waking())
        self._standing.replace(partition.place.partition, list_open(waking))

    def prepare(self, partition: Partition[Held, KeyedEvent], plan: Plan) -> None:
        told = dict.fromkeys([str(alert.customer) for alert in plan.alerts])
        self._told[partition.place.partition] = (
            list_open(partition.states.get(key) for key in told),
            list_open(plan.states.get(key) for key in told),
        )

    def follow(self, partition: Partition[Held, KeyedEvent], plan: Plan) -> None:
        self._count(partition)
        self._standing.move(partition.place.partition, *self._told.pop(partition.place.partition))
        if plan.ticked_until is not None:
            number = str(partition.place.partition)
            self._metrics.followed_until.labels(number).set(plan.ticked_until)

    def forget(self, partition: int) -> None:
        self._standing.forget(partition)
        for gauge in (self._metrics.journeys, self._metrics.followed_until):
            gauge.remove_by_labels({"partition": str(partition)})

    def _count(self, partition: Partition[Held, KeyedEvent]) -> None:
        self._metrics.journeys.labels(str(partition.place.partition)).set(partition.marker.counted)


def list_open(values: Iterable[bytes | None]) -> list[Open]:
    """List the alerts that are open in these states."""
    return [opened for value in values if value for opened in find_expected(value)]


def make_following(
    policy: Policy,
    metrics: Metrics,
    open_states: OpenStates = open_in_memory,
    wall_clock: Callable[[], float] = time.time,
    *,
    is_replay: bool = False,
) -> Keeper[Held, KeyedEvent]:
    """Make the agent; it needs an outlet, a reader and a shape before it works."""
    return Keeper(
        _FOLLOWING,
        policy,
        metrics,
        JourneyGauges(metrics),
        open_states=open_states,
        wall_clock=wall_clock,
        is_replay=is_replay,
    )
