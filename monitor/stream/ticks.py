"""Makes time part of the log: the owner of each scored partition appends a Tick to it every few seconds.

A worker that is still catching up must never tick past the oldest source record that it has not scored: otherwise a
complaint would seem ignored although its answer waits in the backlog.
"""

from collections.abc import Iterable

from monitor.core.alert import moment
from monitor.core.scored import Tick
from monitor.records import describe_tick, encode
from monitor.stream.backlog import Backlog
from monitor.stream.outlet import Outlet
from monitor.topics import SCORED


async def append_ticks(outlet: Outlet, partitions: Iterable[int], at_seconds: float) -> None:
    """Append one tick of this event time to each of the partitions."""
    tick = Tick(at=moment(at_seconds))
    value = encode(tick)
    await outlet.send(
        SCORED, {partition: [(None, value, describe_tick(tick, partition))] for partition in partitions}
    )


def vouch_for(backlogs: Iterable[Backlog], now_seconds: float) -> float | None:
    """Find the wall time up to which everything is scored; None while that cannot be said."""
    vouched = now_seconds
    for backlog in backlogs:
        if backlog.state == "unknown":
            return None
        if backlog.state == "waiting":
            if backlog.since_seconds is None:
                return None
            vouched = min(vouched, backlog.since_seconds)
    return vouched
