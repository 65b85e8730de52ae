"""The journeys of the partitions that this worker owns, kept by the single-writer changelog (see `changelog.py`).

The order for a plan: its outputs are confirmed by whoever calls `store`; then its state and marker are appended as
one record batch and confirmed; then the state moves. Any doubt ends the worker.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.core.partition import Marker, Partition, Plan
from monitor.errors import ChangelogError, Deposed
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, Entry, Replica, judge_landing
from monitor.stream.outlet import Outlet, Record

_WRITER_HEADER: Final = "writer"
_REPAIRS_PER_BATCH: Final = 1_000
_READ_TIMEOUT_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class OwnedPartition:
    """One changelog partition, claimed and restored; only its owner may append state."""

    def __init__(self, topic: str, partition: int, outlet: Outlet, reader: "ChangelogReader") -> None:
        self._topic = topic
        self._partition = partition
        self._outlet = outlet
        self._reader = reader
        self._writer = uuid4().bytes
        self._next_offset = -1
        self.state = Partition({}, Marker())

    async def claim(self) -> int:
        """Claim the partition and restore it up to the claim; return how many entries were read.

        A claim of the same writer that lands where its next batch had to land proves that nobody has written in
        between: the state at hand is the state.
        """
        landed = await self._outlet.append_whole(
            self._topic, self._partition, [(CLAIM_KEY, b"", self._sign())]
        )
        if landed.offset == self._next_offset:
            self._next_offset += 1
            return 0
        replica = Replica()
        read = 0
        async for entries in self._reader.read(self._partition, 0, landed.offset):
            replica.read(entries)
            read += len(entries)
        if replica.owner != self._writer:
            raise ChangelogError(
                f"{self._topic}[{self._partition}]: our own claim is not the last one we read"
            )
        marker = replica.state.pop(MARKER_KEY, None)
        self.state = Partition(
            {key.decode(): value for key, value in replica.state.items()},
            msgspec.msgpack.decode(marker, type=Marker) if marker else Marker(),
        )
        self._next_offset = landed.offset + 1
        await self._repair(replica.void)
        return read

    async def store(self, plan: Plan) -> None:
        """Append a plan's journeys with its marker as one batch, and make them the state.

        Raises:
            Deposed: another worker has claimed the partition.

        """
        entries: list[tuple[bytes, bytes | None]] = [
            (customer.encode(), value) for customer, value in plan.journeys.items()
        ]
        entries.append((MARKER_KEY, msgspec.msgpack.encode(plan.marker)))
        await self._append(entries, plan)

    async def _append(self, entries: list[tuple[bytes, bytes | None]], plan: Plan | None = None) -> None:
        """Append a batch and check that it landed next to our last one; repair what stands in between."""
        header = self._sign()
        records: list[Record] = [(key, value, header) for key, value in entries]
        landed = await self._outlet.append_whole(self._topic, self._partition, records)
        expected, self._next_offset = self._next_offset, landed.offset + len(records)
        if plan is not None:
            self.state.apply(plan)
        if landed.offset == expected:
            return
        between = [
            entry
            async for entries_read in self._reader.read(self._partition, expected, landed.offset - 1)
            for entry in entries_read
        ]
        if judge_landing(self._writer, between) == "deposed":
            raise Deposed(f"{self._topic}[{self._partition}] has been claimed by another worker")
        await self._repair({entry.key for entry in between if entry.writer != self._writer})

    async def _repair(self, keys: set[bytes]) -> None:
        """Append the true values of keys for which others have left void ones."""
        if not keys:
            return
        log.warning("void entries of another writer repaired", partition=self._partition, keys=len(keys))
        ordered = sorted(keys)
        for start in range(0, len(ordered), _REPAIRS_PER_BATCH):
            some = ordered[start : start + _REPAIRS_PER_BATCH]
            await self._append([(key, self._true_value(key)) for key in some])

    def _true_value(self, key: bytes) -> bytes | None:
        if key == MARKER_KEY:
            return msgspec.msgpack.encode(self.state.marker)
        return self.state.journeys.get(key.decode())

    def _sign(self) -> list[tuple[str, bytes]]:
        return [(_WRITER_HEADER, self._writer)]


class ChangelogReader:
    """Reads ranges of changelog partitions with a consumer of its own, outside any group."""

    def __init__(self, topic: str, make_consumer: Callable[[], AIOKafkaConsumer]) -> None:
        self._topic = topic
        self._make_consumer = make_consumer

    async def read(self, partition: int, first: int, last: int) -> AsyncIterator[list[Entry]]:
        """Yield the entries from offset `first` to `last`, both included, as far as compaction has left them.

        `last` must be a record that is known to exist; end offsets are never asked for.

        Raises:
            ChangelogError: nothing arrived for a minute.

        """
        consumer = self._make_consumer()
        await consumer.start()
        try:
            place = TopicPartition(self._topic, partition)
            consumer.assign([place])
            if first > 0:
                consumer.seek(place, first)
            else:
                await consumer.seek_to_beginning(place)
            while True:
                fetched = await self._fetch(consumer, place)
                entries = [_to_entry(record) for record in fetched if record.offset <= last]
                yield entries
                if fetched[-1].offset >= last:
                    return
        finally:
            await consumer.stop()

    async def _fetch(self, consumer: AIOKafkaConsumer, place: TopicPartition) -> list[Any]:
        try:
            async with asyncio.timeout(_READ_TIMEOUT_SECONDS):
                while True:
                    fetched = await consumer.getmany(place, timeout_ms=1000)
                    if fetched:
                        records: list[Any] = fetched[place]
                        return records
        except TimeoutError:
            raise ChangelogError(f"{place.topic}[{place.partition}]: nothing to read for a minute") from None


def _to_entry(record: Any) -> Entry:
    writer = next((value for name, value in record.headers if name == _WRITER_HEADER), b"")
    return Entry(record.offset, writer, record.key, record.value)
