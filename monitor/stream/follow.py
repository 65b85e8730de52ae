"""The `follow` agent: scored records and ticks in, alerts and trends out, one journey per customer."""

import time
from collections.abc import Callable
from typing import Final

from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition, Plan
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent
from monitor.metrics import Metrics
from monitor.records import decode_event
from monitor.stream.keeper import Keeper, Kept
from monitor.topics import JOURNEYS, SCORED

_FOLLOWING: Final = Kept("follow", SCORED, JOURNEYS, FOLLOW, decode_event)


class JourneyGauges:
    """How many journeys there are, and up to when their clocks have been looked at."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def show(self, partition: Partition[Journey, CustomerEvent]) -> None:
        self._metrics.journeys.labels(str(partition.place.partition)).set(len(partition.states))

    def follow(self, partition: Partition[Journey, CustomerEvent], plan: Plan) -> None:
        self.show(partition)
        if plan.ticked_until is not None:
            number = str(partition.place.partition)
            self._metrics.followed_until.labels(number).set(plan.ticked_until)

    def forget(self, partition: int) -> None:
        for gauge in (self._metrics.journeys, self._metrics.followed_until):
            gauge.remove_by_labels({"partition": str(partition)})


def make_following(
    policy: Policy, metrics: Metrics, wall_clock: Callable[[], float] = time.time
) -> Keeper[Journey, CustomerEvent]:
    """Make the agent; it needs an outlet, a reader and a shape before it works."""
    return Keeper(_FOLLOWING, policy, metrics, JourneyGauges(metrics), wall_clock)
