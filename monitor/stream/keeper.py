"""An agent with state: its records in, alerts and trends out, one state per key.

The order is what makes it exact: outputs confirmed, then state with its marker confirmed, then the offset committed.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Generic, Protocol

import msgspec
import structlog
from faust.types import TP

from monitor.core.machine import Event, Machine, Place, State
from monitor.core.partition import Partition
from monitor.core.plan import Plan
from monitor.core.policy import Policy
from monitor.core.scored import Tick
from monitor.core.states import FindWake, MemoryStates, States
from monitor.metrics import Metrics
from monitor.records import DeadLetter
from monitor.stream.events import send_events
from monitor.stream.letters import send_letters, write_letter
from monitor.stream.outlet import Outlet, Record
from monitor.stream.state import ChangelogReader, OwnedPartition
from monitor.stream.tellings import write_alerts, write_removals
from monitor.stream.trends import send_trends
from monitor.topics import ALERTS, OUTCOMES

#: State of one batch, well below what one changelog batch may hold.
_STATE_BYTES: Final = 4_000_000

#: While one partition waits for the broker, others are read; each holds what it has fetched and not yet taken.
_RESTORED_AT_ONCE: Final = 4

#: Opens what is kept of a changelog and partition of it.
OpenStates = Callable[[str, int, FindWake], States]

log = structlog.get_logger(__name__)


def open_in_memory(_changelog: str, _partition: int, find_wake: FindWake) -> States:
    """Begin with nothing, and hold all of it in memory."""
    return MemoryStates(find_wake)


class Kept(msgspec.Struct, Generic[State, Event], frozen=True):
    """What one such agent reads and keeps."""

    agent: str
    topic: str
    changelog: str
    machine: Machine[State, Event]
    decode: Callable[[bytes], Event | Tick]


class Shape(msgspec.Struct, frozen=True):
    """How many partitions the topics have that an agent reads or writes."""

    read: int
    alerts: int
    trends: int
    outcomes: int


class Gauges(Protocol[State, Event]):
    """What is shown of the state of each partition."""

    def show(self, partition: Partition[State, Event]) -> None:
        """Show a partition as it has been restored."""

    def prepare(self, partition: Partition[State, Event], plan: Plan) -> None:
        """Look at what the plan is about to replace."""

    def follow(self, partition: Partition[State, Event], plan: Plan) -> None:
        """Show a partition to which the plan, for which it was prepared, has just been applied."""

    def forget(self, partition: int) -> None:
        """Show nothing of a partition any more."""


class Keeper(Generic[State, Event]):
    """Works batches of records with the state of the partitions that this worker owns."""

    def __init__(
        self,
        kept: Kept[State, Event],
        policy: Policy,
        metrics: Metrics,
        gauges: Gauges[State, Event],
        *,
        open_states: OpenStates = open_in_memory,
        wall_clock: Callable[[], float] = time.time,
        is_replay: bool = False,
    ) -> None:
        self.kept = kept
        self._is_replay = is_replay
        self._policy = policy
        self._metrics = metrics
        self._gauges = gauges
        self._open_states = open_states
        self._wall_clock = wall_clock
        self._owned: dict[int, OwnedPartition[Partition[State, Event]]] = {}
        self._owning = asyncio.Lock()
        #: Per partition, one past the last record handed to us since it was assigned.
        self._read_offsets: dict[int, int] = {}
        self.outlet: Outlet
        self.reader: ChangelogReader
        self.shape: Shape

    @property
    def topic(self) -> str:
        """The log that is read."""
        return self.kept.topic

    @property
    def owned(self) -> Iterable[int]:
        """The partitions that are restored and ours."""
        return tuple(self._owned)

    async def own(self, partitions: set[int]) -> None:
        """Claim and restore the partitions now assigned, and let go of the others."""
        # Another rebalance cancels this, and asks anew before the partitions in restore have been let go.
        async with self._owning:
            self._read_offsets.clear()
            for partition in set(self._owned) - partitions:
                self._owned.pop(partition).close()
                self._gauges.forget(partition)
            turns = asyncio.Semaphore(_RESTORED_AT_ONCE)
            async with asyncio.TaskGroup() as tasks:
                for partition in sorted(partitions):
                    tasks.create_task(self._take_over(partition, turns))

    def close(self) -> None:
        """Let go of all partitions."""
        while self._owned:
            self._owned.popitem()[1].close()

    async def _take_over(self, partition: int, turns: asyncio.Semaphore) -> None:
        owned = self._owned.pop(partition, None) or self._open(partition)
        try:
            async with turns:
                await self._restore(partition, owned)
        except BaseException:
            # Cancelled, too: whoever comes next opens what was kept.
            owned.close()
            raise
        self._owned[partition] = owned

    def _open(self, partition: int) -> OwnedPartition[Partition[State, Event]]:
        machine, changelog = self.kept.machine, self.kept.changelog
        return OwnedPartition(
            changelog,
            partition,
            self._open_states(changelog, partition, machine.find_wake),
            partial(Partition, machine, Place(self.kept.topic, partition, self.shape.read)),
            outlet=self.outlet,
            reader=self.reader,
        )

    async def _restore(self, partition: int, owned: OwnedPartition[Partition[State, Event]]) -> None:
        began = time.monotonic()
        entries = await owned.claim()
        self._gauges.show(owned.state)
        seconds = time.monotonic() - began
        self._metrics.restore_seconds.observe(seconds)
        log.info(
            "partition restored",
            topic=self.kept.topic,
            partition=partition,
            entries=entries,
            states=len(owned.state.states),
            next_offset=owned.state.marker.next_offset,
            seconds=round(seconds, 3),
        )

    async def work(self, tp: TP, records: list[Any]) -> None:
        """Work a batch; return when outputs and state are confirmed."""
        began = time.monotonic()
        owned = self._owned[tp.partition]
        self._check_gap(tp.partition, owned.state.marker.next_offset, records)
        events, letters = self._sort_out(tp, records)
        await self._set_aside(tp.partition, letters)
        done = 0
        while done < len(events):
            plan = owned.state.plan(events[done:], self._policy, _STATE_BYTES)
            if self._is_replay:
                plan.alerts = [msgspec.structs.replace(alert, replay=True) for alert in plan.alerts]
            await asyncio.gather(
                self._send_alerts(plan),
                send_trends(self.outlet, self._metrics, plan.trends, self.shape.trends),
                send_events(self.outlet, plan.handed, self.shape.read),
            )
            await self._set_aside(tp.partition, _list_failures(plan, tp, records))
            self._gauges.prepare(owned.state, plan)
            await owned.store(plan)
            self._count(plan)
            self._gauges.follow(owned.state, plan)
            done += plan.records
        self._metrics.batch_records.labels(self.kept.agent).observe(len(records))
        self._metrics.batch_seconds.labels(self.kept.agent).observe(time.monotonic() - began)

    def _check_gap(self, partition: int, marked_offset: int, records: list[Any]) -> None:
        """Say it aloud when the log jumps: retention has taken records that were never worked, or a fault has."""
        expected = max(marked_offset, self._read_offsets.get(partition, 0))
        self._read_offsets[partition] = records[-1].offset + 1
        missing = records[0].offset - expected
        if expected and missing > 0:
            self._metrics.skipped.inc(missing)
            log.error(
                "records were never seen",
                topic=self.kept.topic,
                partition=partition,
                first=expected,
                records=missing,
            )

    async def _send_alerts(self, plan: Plan) -> None:
        """Send what is told, and after it what is taken back, with what people have said of it."""
        removals = write_removals(plan.removed)
        await self._spread(ALERTS, [*write_alerts(plan.alerts), *removals], self.shape.alerts)
        await self._spread(OUTCOMES, removals, self.shape.outcomes)

    async def _spread(self, topic: str, records: list[Record], partitions: int) -> None:
        by_partition: defaultdict[int, list[Record]] = defaultdict(list)
        for record in records:
            by_partition[self.outlet.choose_partition(record[0] or b"", partitions)].append(record)
        await self.outlet.send(topic, by_partition)

    async def _set_aside(self, partition: int, letters: list[DeadLetter]) -> None:
        await send_letters(self.outlet, partition, letters)
        for letter in letters:
            log.error(
                "record set aside",
                topic=letter.topic,
                reason=letter.reason,
                detail=letter.detail,
                offset=letter.offset,
            )
            self._metrics.dead_letters.labels(letter.reason).inc()

    def _count(self, plan: Plan) -> None:
        now_seconds = self._wall_clock()
        for alert in plan.alerts:
            self._metrics.count_alert(alert, now_seconds)
        self._metrics.count_identity_events(plan.handed)
        self._metrics.repeats.inc(plan.repeats)

    def _sort_out(
        self, tp: TP, records: list[Any]
    ) -> tuple[list[tuple[int, Event | Tick]], list[DeadLetter]]:
        """Decode our own records; one that somebody else has put among them is set aside."""
        events: list[tuple[int, Event | Tick]] = []
        letters: list[DeadLetter] = []
        decode = self.kept.decode
        for record in records:
            try:
                events.append((record.offset, decode(record.value)))
            except (msgspec.MsgspecError, TypeError, UnicodeDecodeError) as error:
                detail = f"no record that {self.kept.agent} reads ({type(error).__name__})"
                letters.append(write_letter(tp, record, "not_json", detail))
        return events, letters


def _list_failures(plan: Plan, tp: TP, records: list[Any]) -> list[DeadLetter]:
    by_offset = {record.offset: record for record in records} if plan.failures else {}
    return [
        write_letter(tp, by_offset[failure.offset], "processing_failed", failure.error)
        for failure in plan.failures
    ]
