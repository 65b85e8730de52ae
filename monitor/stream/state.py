"""The state of the partitions that this worker owns, kept by the single-writer changelog (see `changelog.py`).

The order for a plan: its outputs are confirmed by whoever calls `store`; then its state and marker are appended as
one record batch and confirmed; then the state moves. Any doubt ends the worker.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.core.partition import Marker
from monitor.errors import ChangelogError, Deposed
from monitor.stream.changelog import CLAIM_KEY, MARKER_KEY, NOBODY, Entry, Replica, judge_landing, name_writer
from monitor.stream.outlet import Outlet, Record

_WRITER_HEADER: Final = "writer"
#: Where our next batch must land, when we cannot say: no batch lands there.
_UNKNOWN: Final = -1
_REPAIRS_PER_BATCH: Final = 1_000
_READ_TIMEOUT_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


class Change(Protocol):
    """What is stored as one batch: the new values by key, None to remove one, and the marker."""

    @property
    def marker(self) -> Marker: ...
    @property
    def states(self) -> Mapping[str, bytes | None]: ...


class Kept(Protocol):
    """State as the changelog sees it: encoded values by key, and a marker."""

    marker: Marker
    states: dict[str, bytes]

    def apply(self, plan: Any) -> None:
        """Make a change of its own making, which is confirmed, the state."""


KeptState = TypeVar("KeptState", bound=Kept)


class OwnedPartition(Generic[KeptState]):
    """One changelog partition, claimed and restored; only its owner may append state."""

    def __init__(
        self,
        topic: str,
        partition: int,
        restore: Callable[[dict[str, bytes], Marker], KeptState],
        outlet: Outlet,
        reader: "ChangelogReader",
    ) -> None:
        """Own nothing yet; `restore` makes the state of what stands in the changelog."""
        self._topic = topic
        self._partition = partition
        self._outlet = outlet
        self._reader = reader
        self._writer = NOBODY
        self._next_offset = _UNKNOWN
        self._make_state = restore
        self.state = restore({}, Marker())

    async def claim(self) -> int:
        """Claim the partition and restore it up to the claim; return how many entries were read.

        A claim that lands where our next batch had to land proves that nobody has written in between: the state at
        hand is the state.
        """
        claim_offset = await self._append([(CLAIM_KEY, b"")])
        expected, self._next_offset = self._next_offset, _UNKNOWN
        self._writer = name_writer(claim_offset)
        if claim_offset == expected:
            self._next_offset = claim_offset + 1
            return 0
        replica = Replica()
        read = 0
        async for entries in self._reader.read(self._partition, 0, claim_offset):
            replica.read(entries)
            read += len(entries)
        if replica.owner != self._writer:
            raise ChangelogError(
                f"{self._topic}[{self._partition}]: our own claim is not the last one we read"
            )
        marker = replica.state.pop(MARKER_KEY, None)
        try:
            self.state = self._make_state(
                {key.decode(): value for key, value in replica.state.items()},
                msgspec.msgpack.decode(marker, type=Marker) if marker else Marker(),
            )
        except msgspec.MsgspecError as error:
            raise ChangelogError(
                f"{self._topic}[{self._partition}]: an entry was written by another version ({type(error).__name__}); "
                "run the version that wrote it, or start anew under other topics"
            ) from None
        # The marker again: if it lands next to the claim, nobody claimed, and let compaction loose, while we read.
        await self._repair(claim_offset + 1, self._report(replica.void) | {MARKER_KEY})
        return read

    async def store(self, plan: Change) -> None:
        """Append a plan's states with its marker as one batch, and make them the state.

        Raises:
            Deposed: another worker has claimed the partition.

        """
        entries: list[tuple[bytes, bytes | None]] = [
            (key.encode(), value) for key, value in plan.states.items()
        ]
        entries.append((MARKER_KEY, msgspec.msgpack.encode(plan.marker)))
        landed_offset = await self._append(entries)
        # Unknown until all is checked: a claim after a store that was cut short must restore.
        expected, self._next_offset = self._next_offset, _UNKNOWN
        self.state.apply(plan)
        void = await self._find_void(expected, landed_offset)
        await self._repair(landed_offset + len(entries), void)

    async def _append(self, entries: list[tuple[bytes, bytes | None]]) -> int:
        header = [(_WRITER_HEADER, self._writer)]
        records: list[Record] = [(key, value, header) for key, value in entries]
        landed = await self._outlet.append_whole(self._topic, self._partition, records)
        offset: int = landed.offset
        return offset

    async def _find_void(self, expected: int, landed_offset: int) -> set[bytes]:
        """List the keys that others have written between where our batch had to land and where it did.

        Raises:
            Deposed: another worker has claimed the partition.

        """
        if landed_offset == expected:
            return set()
        between = [
            entry
            async for entries in self._reader.read(self._partition, expected, landed_offset - 1)
            for entry in entries
        ]
        if judge_landing(self._writer, between) == "deposed":
            raise Deposed(f"{self._topic}[{self._partition}] has been claimed by another worker")
        return self._report({entry.key for entry in between if entry.writer != self._writer})

    async def _repair(self, next_offset: int, void: set[bytes]) -> None:
        """Append the true values of keys for which others have left void ones, until nobody has written more."""
        while void:
            some = sorted(void)[:_REPAIRS_PER_BATCH]
            landed_offset = await self._append([(key, self._true_value(key)) for key in some])
            void = void.difference(some) | await self._find_void(next_offset, landed_offset)
            next_offset = landed_offset + len(some)
        self._next_offset = next_offset

    def _report(self, void: set[bytes]) -> set[bytes]:
        if void:
            log.warning("another writer left void entries", partition=self._partition, keys=len(void))
        return void

    def _true_value(self, key: bytes) -> bytes | None:
        if key == MARKER_KEY:
            return msgspec.msgpack.encode(self.state.marker)
        return self.state.states.get(key.decode())


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
                entries = [to_entry(record) for record in fetched if record.offset <= last]
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


def to_entry(record: Any) -> Entry:
    """Take a consumed record as an entry."""
    return Entry(record.offset, find_writer(record.headers), record.key, record.value)


def find_writer(headers: Iterable[tuple[str, bytes]]) -> bytes:
    """Find who wrote a record of the changelog."""
    return next((value for name, value in headers if name == _WRITER_HEADER), NOBODY)
