"""What stands open in the partitions of this worker: alerts and the listeners that they expect, as gauges by kind.

It keeps sums alone: hundreds of thousands may be open, and each stands in the state of its customer.
"""

from collections.abc import Iterable

import msgspec

from monitor.metrics import Metrics

#: An open alert's kind, and the listeners that it expects.
Open = tuple[str, float]


class _Sum(msgspec.Struct):
    alerts: int = 0
    listeners: float = 0.0


class Standing:
    """Keeps the gauges right through alerts, restores and rebalances."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._sums: dict[int, dict[str, _Sum]] = {}

    def replace(self, partition: int, found: Iterable[Open]) -> None:
        """Show what a restored partition holds."""
        self.forget(partition)
        self.move(partition, (), found)

    def move(self, partition: int, before: Iterable[Open], after: Iterable[Open]) -> None:
        """Show that in a partition some are open instead of others."""
        sums, moved = self._sums.setdefault(partition, {}), set[str]()
        for opened, sign in ((before, -1), (after, 1)):
            for kind, listeners in opened:
                known = sums.setdefault(kind, _Sum())
                known.alerts += sign
                # What rounding has left of those that were open goes with the last of them.
                known.listeners = known.listeners + sign * listeners if known.alerts else 0.0
                moved.add(kind)
        self._show(moved)

    def forget(self, partition: int) -> None:
        """Show nothing of a partition any more."""
        self._show(self._sums.pop(partition, {}))

    def _show(self, kinds: Iterable[str]) -> None:
        for kind in kinds:
            known = [sums[kind] for sums in self._sums.values() if kind in sums]
            self._metrics.open_alerts.labels(kind).set(sum(one.alerts for one in known))
            self._metrics.open_listeners.labels(kind).set(sum(one.listeners for one in known))
