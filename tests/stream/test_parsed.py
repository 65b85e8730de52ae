"""Records as they are parsed: the same ones, and the same place to go on, as aiokafka's own wrapping of them gives."""

import gc
import weakref
from itertools import islice
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from monitor.stream.parsed import ParsedRecords, _Fetched

PLACE = TopicPartition("log", 0)

#: Of each batch: how many offsets are missing before it, and which of its records compaction has left.
BATCHES = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.booleans(), min_size=1, max_size=5)), min_size=1, max_size=5
)


def write(batches: list[tuple[int, list[bool]]]) -> bytes:
    """Write batches one after the other, as they lie in a log."""
    written, base = b"", 0
    for missing, kept in batches:
        base += missing
        builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, 0, 1_000_000)
        for number, is_kept in enumerate(kept):
            # The last one says how far the batch reached, and the broker keeps that.
            if is_kept or number == len(kept) - 1:
                value = b"%d" % (base + number)
                builder.append(number, 0, b"key", value, [("writer", value)])
        data = bytes(builder.build())
        written += base.to_bytes(8) + data[8:]  # its place is the broker's to say, and not in its checksum
        base += len(kept)
    return written


def wrap(data: bytes, first: int) -> Any:  # noqa: ANN401 - aiokafka publishes no types
    return PartitionRecords(PLACE, MemoryRecords(data), None, first, None, None, True, 0)


@given(BATCHES, st.integers(0, 20), st.integers(1, 4))
def test_records_and_the_next_offset_are_those_of_aiokafka_however_many_are_taken_at_once(
    batches: list[tuple[int, list[bool]]], first: int, at_once: int
) -> None:
    data = write(batches)
    theirs, ours = wrap(data, first), ParsedRecords(PLACE, MemoryRecords(data), first)
    while True:
        taken = [list(islice(side, at_once)) for side in (theirs, ours)]
        told = [[(one.offset, one.key, one.value, tuple(one.headers)) for one in some] for some in taken]
        assert told[0] == told[1]
        assert theirs.next_fetch_offset == ours.next_fetch_offset
        if len(taken[0]) < at_once:
            return


def test_a_batch_with_a_wrong_checksum_is_refused() -> None:
    data = bytearray(write([(0, [True])]))
    data[-1] ^= 1
    with pytest.raises(CorruptRecordException):
        list(ParsedRecords(PLACE, MemoryRecords(bytes(data)), 0))


def test_what_stood_around_the_records_is_gone_at_once_and_waits_for_no_garbage_collection() -> None:
    given = wrap(write([(0, [True])]), 0)
    watched = weakref.ref(given)
    result = FetchResult(PLACE, assignment=None, partition_records=given, backoff=0)
    gc.disable()
    try:
        del given
        _Fetched()[PLACE] = result
        assert watched() is None
    finally:
        gc.enable()
