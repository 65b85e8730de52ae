"""Sends the events of the scored log to the partitions of their customers, each partition's in their order."""

from collections import defaultdict
from collections.abc import Iterable

from monitor.core.scored import KeyedEvent
from monitor.records import describe_event, encode
from monitor.stream.outlet import Outlet, Record
from monitor.topics import SCORED


async def send_events(outlet: Outlet, events: Iterable[KeyedEvent], partitions: int) -> None:
    """Send them in their order, and return when all of them are confirmed."""
    by_partition: defaultdict[int, list[Record]] = defaultdict(list)
    for event in events:
        key = event.customer.encode()
        partition = outlet.choose_partition(key, partitions)
        by_partition[partition].append((key, encode(event), describe_event(event)))
    await outlet.send(SCORED, by_partition)
