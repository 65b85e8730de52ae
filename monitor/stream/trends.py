"""Sends trends to the partitions of their subjects, and to every partition what is about no one subject."""

from collections import defaultdict
from collections.abc import Iterable

from monitor.core.scored import Tick
from monitor.core.trend import Trend, TrendEvent
from monitor.metrics import Metrics
from monitor.records import describe_trend, encode
from monitor.stream.outlet import Outlet, Record
from monitor.topics import TRENDS


async def send_trends(
    outlet: Outlet, metrics: Metrics, trends: Iterable[TrendEvent | Tick], partitions: int
) -> None:
    """Send them in their order, and return when all of them are confirmed."""
    by_partition: defaultdict[int, list[Record]] = defaultdict(list)
    sent: list[Trend] = []
    for one in trends:
        value, headers = encode(one), describe_trend(one)
        if isinstance(one, Trend):
            key = one.subject.encode()
            by_partition[outlet.choose_partition(key, partitions)].append((key, value, headers))
            sent.append(one)
            continue
        for partition in range(partitions):
            by_partition[partition].append((None, value, headers))
    await outlet.send(TRENDS, by_partition)
    metrics.count_trends(sent)
    metrics.practice.count_cases(sent)
