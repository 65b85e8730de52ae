"""What stands open in the partitions of this worker: alerts and the listeners that they expect, as gauges by kind."""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable

from monitor.core.alert import Alert
from monitor.metrics import Metrics

#: Alert id, kind and expected listeners.
Open = tuple[str, str, float]


class Standing:
    """Keeps the gauges right through alerts, restores and rebalances."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._open: dict[int, dict[str, tuple[str, float]]] = {}

    def replace(self, partition: int, found: Iterable[Open]) -> None:
        """Show what a restored partition holds."""
        self.forget(partition)
        # Hundreds of thousands may be open: each kind's gauge is moved once.
        opened = self._open[partition] = {alert_id: (kind, expected) for alert_id, kind, expected in found}
        alerts: Tally[str] = Tally()
        listeners: defaultdict[str, float] = defaultdict(float)
        for kind, expected in opened.values():
            alerts[kind] += 1
            listeners[kind] += expected
        for kind, number in alerts.items():
            self._metrics.open_alerts.labels(kind).inc(number)
            self._metrics.open_listeners.labels(kind).inc(listeners[kind])

    def follow(self, partition: int, alerts: Iterable[Alert]) -> None:
        """Show what confirmed alerts change."""
        for alert in alerts:
            self._drop(partition, alert.id)
            if alert.state in {"firing", "updated"}:
                expected = alert.listeners.expected if alert.listeners else 0.0
                self._put(partition, alert.id, alert.kind, expected)

    def forget(self, partition: int) -> None:
        """Show nothing of a partition any more."""
        for alert_id in list(self._open.get(partition, ())):
            self._drop(partition, alert_id)

    def _put(self, partition: int, alert_id: str, kind: str, expected: float) -> None:
        self._open.setdefault(partition, {})[alert_id] = (kind, expected)
        self._metrics.open_alerts.labels(kind).inc()
        self._metrics.open_listeners.labels(kind).inc(expected)

    def _drop(self, partition: int, alert_id: str) -> None:
        kind, expected = self._open.get(partition, {}).pop(alert_id, (None, 0.0))
        if kind is not None:
            self._metrics.open_alerts.labels(kind).dec()
            self._metrics.open_listeners.labels(kind).dec(expected)
