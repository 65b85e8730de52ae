"""What is shown of journeys: how many customers there are, and neither their other names nor who was erased."""

from hypothesis import given
from prometheus_client import CollectorRegistry

from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.metrics import Metrics
from monitor.stream.follow import JourneyGauges
from tests.core.builders import POLICY, law
from tests.core.events import SCORED_LOG, UNBOUNDED, Events, scored_logs


def read(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("monitor_journeys", {"partition": "0"})


@law
@given(scored_logs())
def test_journeys_alone_are_counted_whatever_is_linked_and_erased_and_after_a_restart(events: Events) -> None:
    metrics, restarted = (Metrics(CollectorRegistry(), POLICY.hash) for _ in range(2))
    gauges, partition = JourneyGauges(metrics), Partition(FOLLOW, SCORED_LOG, {}, Marker())
    gauges.show(partition)
    for event in events:
        plan = partition.plan([event], POLICY, UNBOUNDED)
        partition.apply(plan)
        gauges.follow(partition, plan)
        held = map(FOLLOW.decode, partition.states.values())
        assert read(metrics) == sum(isinstance(one, Journey) for one in held)
    JourneyGauges(restarted).show(Partition(FOLLOW, SCORED_LOG, dict(partition.states), partition.marker))
    assert read(restarted) == read(metrics)
    gauges.forget(0)
    assert read(metrics) is None
