"""The `follow` agent: scored records and ticks in, alerts out, one journey per customer.

The order is what makes it exact: alerts confirmed, then state with its marker confirmed, then the offset committed.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

import msgspec
import structlog
from faust.types import TP

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.partition import Partition, Plan
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Event, Tick
from monitor.metrics import Metrics
from monitor.records import DeadLetter, decode_event, describe_alert, encode
from monitor.stream.letters import send_letters, write_letter
from monitor.stream.outlet import Outlet, Record
from monitor.stream.state import ChangelogReader, OwnedPartition
from monitor.topics import ALERTS, JOURNEYS

#: State of one batch, well below what one changelog batch may hold.
_STATE_BYTES: Final = 4_000_000

log = structlog.get_logger(__name__)


class Following:
    """Works batches of scored records with the state of the partitions that this worker owns."""

    def __init__(self, policy: Policy, metrics: Metrics, wall_clock: Callable[[], float] = time.time) -> None:
        self._policy = policy
        self._metrics = metrics
        self._wall_clock = wall_clock
        self._owned: dict[int, OwnedPartition[Partition[Journey, CustomerEvent]]] = {}
        #: Per partition, one past the last record handed to us since it was assigned.
        self._read_offsets: dict[int, int] = {}
        self.outlet: Outlet
        self.reader: ChangelogReader
        self.alert_partitions = 0

    @property
    def owned(self) -> Iterable[int]:
        """The scored partitions that are restored and ours."""
        return tuple(self._owned)

    async def own(self, partitions: set[int]) -> None:
        """Claim and restore the partitions now assigned, and let go of the others."""
        self._read_offsets.clear()
        for partition in set(self._owned) - partitions:
            del self._owned[partition]
            for gauge in (self._metrics.journeys, self._metrics.followed_until):
                gauge.remove_by_labels({"partition": str(partition)})
        for partition in sorted(partitions):
            began = time.monotonic()
            owned = self._owned.pop(partition, None) or OwnedPartition(
                JOURNEYS, partition, partial(Partition, FOLLOW), self.outlet, self.reader
            )
            entries = await owned.claim()
            self._owned[partition] = owned
            seconds = time.monotonic() - began
            self._metrics.restore_seconds.observe(seconds)
            self._metrics.journeys.labels(str(partition)).set(len(owned.state.states))
            log.info(
                "partition restored",
                partition=partition,
                entries=entries,
                journeys=len(owned.state.states),
                next_offset=owned.state.marker.next_offset,
                seconds=round(seconds, 3),
            )

    async def work(self, tp: TP, records: list[Any]) -> None:
        """Follow a batch; return when alerts and state are confirmed."""
        began = time.monotonic()
        owned = self._owned[tp.partition]
        self._check_gap(tp.partition, owned.state.marker.next_offset, records)
        events, letters = _sort_out(records)
        await self._set_aside(tp.partition, letters)
        done = 0
        while done < len(events):
            plan = owned.state.plan(events[done:], self._policy, _STATE_BYTES)
            await self._send_alerts(plan.alerts)
            await self._set_aside(tp.partition, _list_failures(plan, records))
            await owned.store(plan)
            self._count(plan)
            done += plan.records
        self._tell_time(tp.partition, events)
        self._metrics.journeys.labels(str(tp.partition)).set(len(owned.state.states))
        self._metrics.batch_records.labels("follow").observe(len(records))
        self._metrics.batch_seconds.labels("follow").observe(time.monotonic() - began)

    def _check_gap(self, partition: int, marked_offset: int, records: list[Any]) -> None:
        """Say it aloud when the log jumps: retention has taken records that were never followed, or a fault has."""
        expected = max(marked_offset, self._read_offsets.get(partition, 0))
        self._read_offsets[partition] = records[-1].offset + 1
        missing = records[0].offset - expected
        if expected and missing > 0:
            self._metrics.skipped.inc(missing)
            log.error("scored records were never seen", partition=partition, first=expected, records=missing)

    def _tell_time(self, partition: int, events: list[tuple[int, Event]]) -> None:
        last = next((event for _, event in reversed(events) if isinstance(event, Tick)), None)
        if last is not None:
            self._metrics.followed_until.labels(str(partition)).set(last.at.timestamp())

    async def _send_alerts(self, alerts: list[Alert]) -> None:
        by_partition: defaultdict[int, list[Record]] = defaultdict(list)
        for alert in alerts:
            key = alert.id.encode()
            partition = self.outlet.choose_partition(key, self.alert_partitions)
            by_partition[partition].append((key, encode(alert), describe_alert(alert)))
        await self.outlet.send(ALERTS, by_partition)

    async def _set_aside(self, partition: int, letters: list[DeadLetter]) -> None:
        await send_letters(self.outlet, partition, letters)
        for letter in letters:
            log.error(
                "scored record set aside", reason=letter.reason, detail=letter.detail, offset=letter.offset
            )
            self._metrics.dead_letters.labels(letter.reason).inc()

    def _count(self, plan: Plan) -> None:
        now_seconds = self._wall_clock()
        for alert in plan.alerts:
            self._metrics.count_alert(alert, now_seconds)
        self._metrics.repeats.inc(plan.repeats)


def _sort_out(records: list[Any]) -> tuple[list[tuple[int, Event]], list[DeadLetter]]:
    """Decode our own records; one that somebody else has put among them is set aside."""
    events: list[tuple[int, Event]] = []
    letters: list[DeadLetter] = []
    for record in records:
        try:
            events.append((record.offset, decode_event(record.value)))
        except (msgspec.MsgspecError, TypeError, UnicodeDecodeError) as error:
            detail = f"no event of the scored log ({type(error).__name__})"
            letters.append(write_letter(record, "not_json", detail))
    return events, letters


def _list_failures(plan: Plan, records: list[Any]) -> list[DeadLetter]:
    by_offset = {record.offset: record for record in records} if plan.failures else {}
    return [
        write_letter(by_offset[failure.offset], "processing_failed", failure.error)
        for failure in plan.failures
    ]
