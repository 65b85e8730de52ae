"""Runs the worker's own agents over source topics in memory and keeps every record that leaves them, as it leaves."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from faust.types import TP
from prometheus_client import CollectorRegistry

from monitor.core.scored import Tick
from monitor.metrics import Metrics
from monitor.settings import Settings, SourceSettings
from monitor.sources import compile_source
from monitor.stream.follow import make_following
from monitor.stream.keeper import Shape
from monitor.stream.outlet import Headers, Record
from monitor.stream.score import Scoring
from monitor.stream.ticks import append_ticks
from monitor.topics import SCORED
from tests.core.builders import INSTRUMENTS, POLICY
from tests.stream.log import Log, LogOutlet, LogReader

SOURCE: Final = "shop.messages"
EVENTS: Final = "shop.events"


class Arrival(msgspec.Struct, frozen=True):
    """One record of a source topic, and when it was appended."""

    received_at: datetime
    value: bytes | None
    headers: Headers = []
    key: bytes | None = None
    topic: str = SOURCE


class Fetched(msgspec.Struct, frozen=True):
    """One record as an agent is handed it."""

    topic: str
    partition: int
    offset: int
    timestamp: float
    value: bytes | None
    headers: Headers = []
    key: bytes | None = None


class _Outlet(LogOutlet):
    """State goes into the log; what is sent to a topic is kept, and all of it lands in partition 0."""

    def __init__(self) -> None:
        self.log = Log()
        super().__init__(self.log, 0)
        self.sent: defaultdict[str, list[Record]] = defaultdict(list)

    async def send(self, topic: str, by_partition: dict[int, list[Record]], *, large: bool = False) -> None:  # noqa: ARG002 - as the outlet's own
        for records in by_partition.values():
            self.sent[topic] += records


def run_agents(steps: Iterable[Arrival | Tick]) -> dict[str, list[Record]]:
    """Score, tick and follow; return every record sent, by topic, in order."""
    return asyncio.run(_run(steps))


async def _run(steps: Iterable[Arrival | Tick]) -> dict[str, list[Record]]:
    outlet = _Outlet()
    metrics = Metrics(CollectorRegistry(), POLICY.hash)
    sources = {
        SOURCE: compile_source(SourceSettings(topic=SOURCE)),
        EVENTS: compile_source(SourceSettings(topic=EVENTS, kind="event")),
    }
    scoring = Scoring(sources, INSTRUMENTS, POLICY, Settings(), metrics)
    scoring.outlet, scoring.scored_partitions, scoring.trend_partitions = outlet, 1, 1
    for step in _number(steps):
        if isinstance(step, Tick):
            await append_ticks(outlet, (0,), step.at.timestamp())
        else:
            await scoring.work(TP(step.topic, 0), [step])
    following = make_following(POLICY, metrics, wall_clock=lambda: 0.0)
    following.outlet, following.shape = outlet, Shape(1, alerts=1, trends=1, outcomes=1)
    following.reader = LogReader(outlet.log)
    await following.own({0})
    scored = [
        Fetched(SCORED, 0, offset, 0.0, value, headers)
        for offset, (_, value, headers) in enumerate(outlet.sent[SCORED])
    ]
    await following.work(TP(SCORED, 0), scored)
    return dict(outlet.sent)


def _number(steps: Iterable[Arrival | Tick]) -> Iterator[Fetched | Tick]:
    offsets: Counter[str] = Counter()
    for step in steps:
        if isinstance(step, Tick):
            yield step
        else:
            at_ms = step.received_at.timestamp() * 1000
            yield Fetched(step.topic, 0, offsets[step.topic], at_ms, step.value, step.headers, step.key)
            offsets[step.topic] += 1
