"""What stands open in the partitions of this worker: alerts and the listeners that they expect, as gauges by kind."""

from collections.abc import Iterable, Mapping

from monitor.core.alert import Alert
from monitor.metrics import Metrics

#: Alert id, kind and expected listeners.
Open = tuple[str, str, float]


class Standing:
    """Keeps the gauges right through alerts, restores and rebalances."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        #: Expected listeners by partition, kind and alert. Hundreds of thousands may be open, so that nothing stands
        #: around each, and an id is the number that its digits say.
        self._open: dict[int, dict[str, dict[int, float]]] = {}

    def replace(self, partition: int, found: Iterable[Open]) -> None:
        """Show what a restored partition holds."""
        self.forget(partition)
        opened = self._open[partition] = {}
        for alert_id, kind, expected in found:
            opened.setdefault(kind, {})[_number(alert_id)] = expected
        self._show(opened, 1)

    def follow(self, partition: int, alerts: Iterable[Alert]) -> None:
        """Show what confirmed alerts change."""
        opened = self._open.setdefault(partition, {})
        for alert in alerts:
            number, of_kind = _number(alert.id), opened.setdefault(alert.kind, {})
            if number in of_kind:
                self._metrics.open_alerts.labels(alert.kind).dec()
                self._metrics.open_listeners.labels(alert.kind).dec(of_kind.pop(number))
            if alert.state in {"firing", "updated"}:
                expected = of_kind[number] = alert.listeners.expected if alert.listeners else 0.0
                self._metrics.open_alerts.labels(alert.kind).inc()
                self._metrics.open_listeners.labels(alert.kind).inc(expected)

    def forget(self, partition: int) -> None:
        """Show nothing of a partition any more."""
        self._show(self._open.pop(partition, {}), -1)

    def _show(self, opened: Mapping[str, Mapping[int, float]], sign: int) -> None:
        """Move each kind's gauges once, however many are open."""
        for kind, expected in opened.items():
            self._metrics.open_alerts.labels(kind).inc(sign * len(expected))
            self._metrics.open_listeners.labels(kind).inc(sign * sum(expected.values()))


def _number(alert_id: str) -> int:
    return int(alert_id, 16)
