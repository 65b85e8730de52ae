"""The `surge` agent: trends and the ticks passed on with them in, alerts out, one baseline per subject."""

import time
from collections import Counter
from collections.abc import Callable
from itertools import chain, starmap
from typing import Final

from monitor.core.crowd.bounds import TREND_KINDS
from monitor.core.machines import SURGE
from monitor.core.partition import Partition
from monitor.core.plan import Plan
from monitor.core.policy import Policy
from monitor.core.surge import Baseline
from monitor.core.trend import TrendEvent
from monitor.metrics import Metrics
from monitor.records import decode_trend
from monitor.stream.keeper import Keeper, Kept, OpenStates, open_in_memory
from monitor.topics import BASELINES, TRENDS

_SURGING: Final = Kept("surge", TRENDS, BASELINES, SURGE, decode_trend)


class BaselineGauges:
    """How many baselines there are, which alerts are open, and up to when all clocks have been looked at."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        #: Kind and category of each open alert, by partition and id.
        self._open: dict[int, dict[str, tuple[str, str]]] = {}
        self._shown: set[tuple[str, str]] = set()

    def show(self, partition: Partition[Baseline, TrendEvent]) -> None:
        baselines = starmap(partition.machine.decode, partition.states.items())
        self._open[partition.place.partition] = {
            baseline.episode.id: _label(baseline.scope.subject, baseline.scope.category)
            for baseline in baselines
            if baseline.episode is not None and not baseline.episode.closed
        }
        self._show_counts(partition)

    def prepare(self, partition: Partition[Baseline, TrendEvent], plan: Plan) -> None:
        """Look at nothing: the plan's alerts say all there is to show."""

    def follow(self, partition: Partition[Baseline, TrendEvent], plan: Plan) -> None:
        still_open = self._open[partition.place.partition]
        for alert in plan.alerts:
            if alert.state == "resolved":
                still_open.pop(alert.id, None)
            else:
                still_open[alert.id] = _label(alert.subject, alert.category)
        self._show_counts(partition)
        if plan.ticked_until is not None:
            number = str(partition.place.partition)
            self._metrics.surged_until.labels(number).set(plan.ticked_until)

    def forget(self, partition: int) -> None:
        for gauge in (self._metrics.baselines, self._metrics.surged_until):
            gauge.remove_by_labels({"partition": str(partition)})
        self._open.pop(partition, None)
        self._show_open()

    def _show_counts(self, partition: Partition[Baseline, TrendEvent]) -> None:
        self._metrics.baselines.labels(str(partition.place.partition)).set(len(partition.states))
        self._show_open()

    def _show_open(self) -> None:
        counts = Counter(chain.from_iterable(alerts.values() for alerts in self._open.values()))
        self._shown.update(counts)
        for labels in self._shown:
            self._metrics.open_crowds.labels(*labels).set(counts[labels])
        for kind in TREND_KINDS:
            open_now = sum(number for (of_kind, _), number in counts.items() if of_kind == kind)
            self._metrics.open_alerts.labels(kind).set(open_now)


def _label(subject: str, category: str | None) -> tuple[str, str]:
    return subject.partition("|")[0], category or "unknown"


def make_surging(
    policy: Policy,
    metrics: Metrics,
    open_states: OpenStates = open_in_memory,
    wall_clock: Callable[[], float] = time.time,
    *,
    is_replay: bool = False,
) -> Keeper[Baseline, TrendEvent]:
    """Make the agent; it needs an outlet, a reader and a shape before it works."""
    return Keeper(
        _SURGING,
        policy,
        metrics,
        BaselineGauges(metrics),
        open_states=open_states,
        wall_clock=wall_clock,
        is_replay=is_replay,
    )
