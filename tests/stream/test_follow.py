"""What is shown of journeys: how many customers there are, and what stands open; no other names, and nobody erased."""

from collections import Counter, defaultdict
from itertools import count, starmap

import pytest
from hypothesis import given
from prometheus_client import CollectorRegistry, Gauge

from monitor.core.held import Held
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition
from monitor.core.plan import Marker
from monitor.core.scored import Judgement, KeyedEvent, Origin, Tick
from monitor.metrics import Metrics
from monitor.stream.follow import JourneyGauges
from tests.core.builders import POLICY, law
from tests.core.events import SCORED_LOG, UNBOUNDED, Events, make_tick, scored_logs


class Shown:
    """A partition, and what is shown of it."""

    def __init__(self, partition: Partition[Held, KeyedEvent] | None = None) -> None:
        self.metrics = Metrics(CollectorRegistry(), POLICY.hash)
        self.gauges = JourneyGauges(self.metrics)
        self.partition = partition or Partition(FOLLOW, SCORED_LOG, {}, Marker())
        self.gauges.show(self.partition)

    def take(self, offset: int, event: KeyedEvent | Tick) -> None:
        plan = self.partition.plan([(offset, event)], POLICY, UNBOUNDED)
        self.gauges.prepare(self.partition, plan)
        self.partition.apply(plan)
        self.gauges.follow(self.partition, plan)

    def list_journeys(self) -> list[Journey]:
        held = starmap(FOLLOW.decode, self.partition.states.items())
        return [one for one in held if isinstance(one, Journey)]

    def restart(self) -> "Shown":
        """Show what another worker restores."""
        kept = self.partition
        return Shown(Partition(FOLLOW, SCORED_LOG, dict(kept.states), kept.marker))

    def read(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"monitor_{name}", labels)

    def check_open(self) -> None:
        alerts, listeners = Counter[str](), defaultdict[str, float](float)
        for journey in self.list_journeys():
            for kind, known in journey.open_alerts.items():
                if not known.closed:
                    alerts[kind] += 1
                    listeners[kind] += known.expected
        assert list_samples(self.metrics.open_alerts) == dict(alerts)
        assert list_samples(self.metrics.open_listeners) == pytest.approx(dict(listeners))


def list_samples(gauge: Gauge) -> dict[str, float]:
    """List what a gauge shows of kinds, but for those of which there is nothing to show."""
    (metric,) = gauge.collect()
    return {sample.labels["kind"]: sample.value for sample in metric.samples if sample.value}


@law
@given(scored_logs())
def test_journeys_alone_are_counted_whatever_is_linked_and_erased_and_after_a_restart(events: Events) -> None:
    shown = Shown()
    for offset, event in events:
        shown.take(offset, event)
        assert shown.read("journeys", partition="0") == len(shown.list_journeys())
    assert shown.restart().read("journeys", partition="0") == shown.read("journeys", partition="0")
    shown.gauges.forget(0)
    assert shown.read("journeys", partition="0") is None


@law
@given(scored_logs())
def test_alerts_are_open_as_the_journeys_have_them_also_when_people_close_them_and_after_a_restart(
    events: Events,
) -> None:
    shown = Shown()
    for offset, event in events:
        shown.take(offset, event)
        shown.check_open()
    last, offsets = events[-1][0], count(1)
    for journey in shown.list_journeys():
        for known in journey.open_alerts.values():
            number = next(offsets)
            judged = Judgement(
                customer=journey.customer,
                alert=known.id,
                result="false_alarm",
                at=make_tick(0).at,
                received_at=make_tick(0).at,
                origin=Origin("outcomes", 0, number),
            )
            shown.take(last + number, judged)
            shown.check_open()
    shown.restart().check_open()
    shown.gauges.forget(0)
    assert not list_samples(shown.metrics.open_alerts)
