"""What is shown of crowds: the open alerts, also those that were open before the worker was started."""

from random import Random

from prometheus_client import CollectorRegistry

from monitor.core.machine import Place
from monitor.core.machines import SURGE
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.metrics import Metrics
from monitor.stream.surge import BaselineGauges
from tests.core.builders import POLICY, overlay
from tests.core.crowd.crowds import build_trend, complain_steadily, in_order, say, with_ticks
from tests.core.events import UNBOUNDED

PLACE = Place("trends", 2, 4)
QUICK = overlay({"surge": {"learn_for_hours": 1}})


def read(metrics: Metrics) -> tuple[float | None, float | None]:
    """Return how many surges about deliveries are open, and how many subjects are known."""
    registry = metrics.registry
    open_surges = registry.get_sample_value("monitor_open_alerts", {"kind": "surge"})
    labels = {"kind": "surge", "category": "delivery"}
    assert open_surges == (registry.get_sample_value("monitor_open_crowd_alerts", labels) or 0)
    return (
        registry.get_sample_value("monitor_open_crowd_alerts", labels),
        registry.get_sample_value("monitor_baselines", {"partition": "2"}),
    )


def test_an_open_surge_is_shown_until_it_is_over_and_again_after_a_restart() -> None:
    random = Random(1)
    burst = [
        build_trend(300 + number / 4, 0, customer=f"c-new-{number}", excerpt=say(random))
        for number in range(40)
    ]
    log = with_ticks(in_order(complain_steadily(range(300), 6), burst), 900, 5)
    partition = Partition(SURGE, PLACE, {}, Marker())
    metrics = Metrics(CollectorRegistry(), POLICY.hash)
    gauges = BaselineGauges(metrics)
    gauges.show(partition)
    told: list[str] = []
    for offset, event in enumerate(log):
        plan = partition.plan([(offset, event)], QUICK, UNBOUNDED)
        partition.apply(plan)
        gauges.follow(partition, plan)
        told += [alert.state for alert in plan.alerts]
        if "firing" in told and "resolved" not in told:
            assert read(metrics) == (1, 1)
            restarted = Metrics(CollectorRegistry(), POLICY.hash)
            BaselineGauges(restarted).show(Partition(SURGE, PLACE, dict(partition.states), partition.marker))
            assert read(restarted) == (1, 1)
    assert told[0] == "firing"
    assert told[-1] == "resolved"
    assert read(metrics) == (0, 1)
    gauges.forget(2)
    assert read(metrics) == (0, None)
