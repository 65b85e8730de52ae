"""A changelog partition in memory: between any two moves of one worker others may append, and compaction may run."""

from bisect import bisect_left
from collections.abc import AsyncIterator, Generator, Iterable
from copy import copy
from typing import Final, Self

import msgspec
from aiokafka import TopicPartition
from aiokafka.structs import RecordMetadata

from monitor.stream.changelog import CLAIM_KEY, Entry
from monitor.stream.outlet import Headers, Outlet, Record
from monitor.stream.state import ChangelogReader, to_entry

#: So short that a restore takes many fetches, and much can happen between them.
_FETCH_RECORDS: Final = 3


class Turn:
    """A place where a coroutine stands still until it is sent on: others have their turn."""

    def __await__(self) -> Generator[None]:
        yield


class Written(msgspec.Struct, frozen=True):
    """One record as it stands in the log, and whether it was void from the start (the log's own judgement)."""

    offset: int
    key: bytes
    value: bytes | None
    headers: Headers
    is_void: bool


class Log:
    """The partition, and the truth about it, which never looks at what the records say of their writers."""

    def __init__(self) -> None:
        self.records: list[Written] = []
        self.next_offset = 0
        #: Whose claim is the latest, by the number that the test gave the worker.
        self.owner: int | None = None
        self.truth: dict[bytes, bytes] = {}
        self.compactions = 0
        #: One past each batch.
        self.batch_ends: list[int] = []
        #: Where each worker's latest record stands.
        self.last_appended: dict[int, int] = {}

    def append(self, worker: int, records: Iterable[Record]) -> int:
        """Append a batch and return where it landed."""
        landed = self.next_offset
        for key, value, headers in records:
            assert key is not None
            if key == CLAIM_KEY:
                self.owner = worker
            is_void = worker != self.owner
            self.records.append(Written(self.next_offset, key, value, headers, is_void))
            self.next_offset += 1
            if is_void or key == CLAIM_KEY:
                continue
            if value is None:
                self.truth.pop(key, None)
            else:
                self.truth[key] = value
        self.last_appended[worker] = self.next_offset - 1
        self.batch_ends.append(self.next_offset)
        return landed

    def fetch(self, first: int) -> list[Written]:
        """Return the next few records from that offset on."""
        start = bisect_left(self.records, first, key=lambda record: record.offset)
        return self.records[start : start + _FETCH_RECORDS]

    def find_repair_pending(self) -> int:
        """Find the first void record that no true value of its key follows: compaction must not reach it yet.

        `min.compaction.lag.ms` (an hour, topics.py) stands for this: an owner that lives repairs within moments.
        """
        first = self.next_offset
        repaired: set[bytes] = set()
        for record in reversed(self.records):
            if not record.is_void:
                repaired.add(record.key)
            elif record.key not in repaired:
                first = record.offset
        return first

    def compact(self, end: int) -> None:
        """Keep the last record of every key among those before `end`, as Kafka's cleaner does."""
        self.compactions += 1
        last = {record.key: record.offset for record in self.records if record.offset < end}
        self.records = [
            record for record in self.records if record.offset >= end or last[record.key] == record.offset
        ]

    def drop_removals(self, end: int) -> None:
        """Take away what says that a key is no more, as the cleaner does a day after it has come there.

        It builds its view of the log batch by batch: `end` is one past a batch.
        """
        self.compact(end)
        self.records = [record for record in self.records if record.offset >= end or record.value is not None]

    def compacted(self, end: int) -> Self:
        """Return a compacted copy."""
        other = copy(self)
        other.compact(end)
        return other

    def entries(self) -> list[Entry]:
        """Return what a reader of the whole partition sees."""
        return [to_entry(record) for record in self.records]


class LogOutlet(Outlet):
    """One worker's way into the log: a batch lands, and is confirmed, while others have their turns."""

    def __init__(self, log: Log, worker: int) -> None:
        super().__init__(None, None)
        self._log = log
        self._worker = worker

    async def append_whole(self, topic: str, partition: int, records: Iterable[Record]) -> RecordMetadata:
        await Turn()
        landed = self._log.append(self._worker, records)
        await Turn()
        return RecordMetadata(topic, partition, TopicPartition(topic, partition), landed, -1, 0, 0)


class LogReader(ChangelogReader):
    """Reads the log in fetches of a few records."""

    def __init__(self, log: Log) -> None:
        super().__init__("journeys", lambda: None)
        self._log = log

    async def read(self, partition: int, first: int, last: int) -> AsyncIterator[list[Entry]]:  # noqa: ARG002 - one partition
        position = first
        while True:
            await Turn()
            fetched = self._log.fetch(position)
            yield [to_entry(record) for record in fetched if record.offset <= last]
            position = fetched[-1].offset + 1
            if position > last:
                return
