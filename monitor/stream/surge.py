"""The `surge` agent: trends and the ticks passed on with them in, alerts out, one baseline per subject."""

import time
from collections.abc import Callable
from typing import Final

from monitor.core.machines import SURGE
from monitor.core.partition import Partition, Plan
from monitor.core.policy import Policy
from monitor.core.surge import Baseline
from monitor.core.trend import Trend
from monitor.metrics import Metrics
from monitor.records import decode_trend
from monitor.stream.keeper import Keeper, Kept
from monitor.topics import BASELINES, TRENDS

_SURGING: Final = Kept("surge", TRENDS, BASELINES, SURGE, decode_trend)


class BaselineGauges:
    """How many baselines there are, and up to when their clocks have been looked at."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def show(self, partition: Partition[Baseline, Trend]) -> None:
        self._metrics.baselines.labels(str(partition.place.partition)).set(len(partition.states))

    def follow(self, partition: Partition[Baseline, Trend], plan: Plan) -> None:
        self.show(partition)
        if plan.ticked_until is not None:
            number = str(partition.place.partition)
            self._metrics.surged_until.labels(number).set(plan.ticked_until)

    def forget(self, partition: int) -> None:
        for gauge in (self._metrics.baselines, self._metrics.surged_until):
            gauge.remove_by_labels({"partition": str(partition)})


def make_surging(
    policy: Policy, metrics: Metrics, wall_clock: Callable[[], float] = time.time
) -> Keeper[Baseline, Trend]:
    """Make the agent; it needs an outlet, a reader and a shape before it works."""
    return Keeper(_SURGING, policy, metrics, BaselineGauges(metrics), wall_clock)
