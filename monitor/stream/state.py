"""The state of the partitions that this worker owns, kept by the single-writer changelog (see `changelog.py`).

The order for a plan: its outputs are confirmed by whoever calls `store`; then its state and marker are appended as
one record batch and confirmed; then the state moves. Any doubt ends the worker.

States that outlive the process carry an anchor, the last marker that they reflect. They may be ahead of it, as long
as they hold nothing but what counts: whoever claims next reads on from the anchor to the claim, and puts all that
over them. It is read from its beginning instead where the anchor is no longer there: the topic is another one, or
compaction has gone beyond, and may have taken removals away that these states have never seen. Compaction cannot take
a removal and leave an anchor before it, as each removal has a marker beside it. And an anchor moves on only after
everything void before it has been repaired, because whoever reads on from there does not see it.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.core.plan import Marker
from monitor.core.states import States, describe_mismatch
from monitor.errors import ChangelogError, Deposed
from monitor.stream.changelog import (
    CLAIM_KEY,
    MARKER_KEY,
    NOBODY,
    Anchor,
    Entry,
    Sieve,
    judge_landing,
    name_writer,
)
from monitor.stream.outlet import Outlet, Record
from monitor.stream.parsed import hand_over_parsed

_WRITER_HEADER: Final = "writer"
#: Where our next batch must land, when we cannot say: no batch lands there.
_UNKNOWN: Final = -1
_REPAIRS_PER_BATCH: Final = 1_000
_READ_TIMEOUT_SECONDS: Final = 60.0
_NONCE_BYTES: Final = 8

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

    @property
    def states(self) -> States: ...

    def apply(self, plan: Any) -> None:
        """Make a change of its own making, which is confirmed, the state."""


KeptState = TypeVar("KeptState", bound=Kept)


class _Loaded(msgspec.Struct, frozen=True):
    """What reading the changelog has come to, beside the states."""

    entries: int
    void: set[bytes]
    marker: Marker


class _AnchorGone(Exception):
    """What the states reflect is not in this changelog."""


class OwnedPartition(Generic[KeptState]):
    """One changelog partition, claimed and restored; only its owner may append state."""

    def __init__(
        self,
        topic: str,
        partition: int,
        states: States,
        restore: Callable[[States, Marker], KeptState],
        *,
        outlet: Outlet,
        reader: "ChangelogReader",
    ) -> None:
        """Own nothing yet; `restore` makes the state of what stands in the changelog."""
        self._topic = topic
        self._partition = partition
        self._states = states
        self._make_state = restore
        self._outlet = outlet
        self._reader = reader
        self._writer = NOBODY
        self._next_offset = _UNKNOWN
        self.state: KeptState

    async def claim(self) -> int:
        """Claim the partition and restore it up to the claim; return how many entries were read.

        A claim that lands where our next batch had to land proves that nobody has written in between: the state at
        hand is the state.
        """
        nonce = os.urandom(_NONCE_BYTES)
        claim_offset = await self._append([(CLAIM_KEY, nonce)])
        expected, self._next_offset = self._next_offset, _UNKNOWN
        self._writer = name_writer(claim_offset, nonce)
        if claim_offset == expected:
            self._next_offset = claim_offset + 1
            return 0
        try:
            loaded = await self._load(claim_offset)
            self.state = self._make_state(self._states, loaded.marker)
        except msgspec.MsgspecError as error:
            raise ChangelogError(f"{self._topic}[{self._partition}]: {describe_mismatch(error)}") from None
        # The marker again: if it lands next to the claim, nobody claimed, and let compaction loose, while we read.
        await self._repair(claim_offset + 1, self._report(loaded.void) | {MARKER_KEY})
        return loaded.entries

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
        void = await self._find_void(expected, landed_offset)
        next_offset = landed_offset + len(entries)
        anchor = msgspec.msgpack.encode(Anchor(next_offset - 1, self._writer))
        self.state.apply(plan)
        self._states.settle(None if void else anchor)
        if void:
            await self._repair(next_offset, void)
            self._states.settle(anchor)
        else:
            self._next_offset = next_offset

    def close(self) -> None:
        """Let go of the states; what is settled stays for the next claim."""
        self._states.close()

    async def _load(self, claim_offset: int) -> _Loaded:
        """Put what stands in the changelog up to our claim over the states, from their anchor on if it is there."""
        settled = self._states.settled
        if settled:
            try:
                return await self._read_up_to(claim_offset, msgspec.msgpack.decode(settled, type=Anchor))
            except _AnchorGone:
                log.info("kept states do not fit the changelog: reading all of it", partition=self._partition)
        self._states.clear()
        return await self._read_up_to(claim_offset, None)

    async def _read_up_to(self, claim_offset: int, anchor: Anchor | None) -> _Loaded:
        """Read from the anchor, or the beginning, to our claim.

        Raises:
            _AnchorGone: something else stands there, or nothing.
            ChangelogError: another worker has claimed the partition meanwhile.

        """
        first = anchor.offset if anchor else 0
        if first > claim_offset:
            raise _AnchorGone
        sieve, marker, read = Sieve(), None, 0
        async for entries in self._reader.read(self._partition, first, claim_offset):
            if anchor is not None and not read and not (entries and anchor.is_at(entries[0])):
                raise _AnchorGone
            read += len(entries)
            changes = sieve.sift(entries)
            marker = changes.pop(MARKER_KEY, marker)
            self._states.put({key.decode(): value for key, value in changes.items()})
            self._states.settle(None)
        if sieve.owner != self._writer:
            raise ChangelogError(
                f"{self._topic}[{self._partition}]: our own claim is not the last one we read"
            )
        found = msgspec.msgpack.decode(marker, type=Marker) if marker else Marker()
        return _Loaded(read, sieve.void, found)

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
        hand_over_parsed(consumer)
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
    for name, value in headers:
        if name == _WRITER_HEADER:
            return value
    return NOBODY
