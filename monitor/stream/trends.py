"""Sends trends to the partitions of their subjects, and passes ticks on to every partition."""

from collections import defaultdict
from collections.abc import Iterable

from monitor.core.scored import Tick
from monitor.core.trend import Trend
from monitor.metrics import Metrics
from monitor.records import describe_tick, describe_trend, encode
from monitor.stream.outlet import Outlet, Record
from monitor.topics import TRENDS


async def send_trends(
    outlet: Outlet, metrics: Metrics, trends: Iterable[Trend | Tick], partitions: int
) -> None:
    """Send them in their order, and return when all of them are confirmed."""
    by_partition: defaultdict[int, list[Record]] = defaultdict(list)
    sent: list[Trend] = []
    for one in trends:
        if isinstance(one, Tick):
            value = encode(one)
            for partition in range(partitions):
                by_partition[partition].append((None, value, describe_tick(one, partition)))
        else:
            key = one.subject.encode()
            partition = outlet.choose_partition(key, partitions)
            by_partition[partition].append((key, encode(one), describe_trend(one)))
            sent.append(one)
    await outlet.send(TRENDS, by_partition)
    metrics.count_trends(sent)
    metrics.practice.count_cases(sent)
