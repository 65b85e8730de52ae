"""Hands fetched records over as aiokafka's parser makes them, with nothing around each: it stands in for a part of it.

A record has `offset`, `timestamp` in milliseconds, `key`, `value` and `headers`; its topic and partition are those of
the fetch. It must never drop or repeat a record: where reading goes on is decided as aiokafka 0.14 does in
`PartitionRecords`, for consumers that read what is uncommitted, as all of ours do.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import CorruptRecordException


class ParsedRecords:
    """What was fetched of one partition, and where the next fetch begins."""

    def __init__(self, place: TopicPartition, batches: Any, next_fetch_offset: int) -> None:
        self.next_fetch_offset = next_fetch_offset
        self._records = self._read(place, batches)

    def __iter__(self) -> Iterator[Any]:
        return self._records

    def _read(self, place: TopicPartition, batches: Any) -> Iterator[Any]:
        while batches.has_next():
            batch = batches.next_batch()
            if not batch.validate_crc():
                raise CorruptRecordException(
                    f"{place.topic}[{place.partition}]: a batch has a wrong checksum"
                )
            if not batch.is_control_batch:
                for record in batch:
                    # A fetch from the middle of a batch brings all of it.
                    if record.offset >= self.next_fetch_offset:
                        self.next_fetch_offset = record.offset + 1
                        yield record
            # Compaction may have taken the last record of the batch.
            self.next_fetch_offset = batch.next_offset


class _Fetched(OrderedDict[TopicPartition, Any]):
    """What a fetcher has ready, by partition."""

    def __setitem__(self, place: TopicPartition, result: Any) -> None:
        if isinstance(result, FetchResult):
            given = result._partition_records  # noqa: SLF001 - aiokafka offers no other way to its parser
            result._partition_records = ParsedRecords(place, given._records, given.next_fetch_offset)  # noqa: SLF001 - the same
            # It holds itself and megabytes: else they stay until the garbage collector comes by.
            given._records_iterator = None  # noqa: SLF001 - the same
        super().__setitem__(place, result)


def hand_over_parsed(consumer: AIOKafkaConsumer) -> None:
    """Have a consumer, which has started and fetched nothing yet, hand over records as they are parsed."""
    consumer._fetcher._records = _Fetched()  # noqa: SLF001 - the same
