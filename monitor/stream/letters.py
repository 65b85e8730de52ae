"""Dead letters: records that could not be taken, set aside with the reason and their coordinates."""

from collections.abc import Sequence
from typing import Any

from faust.types import TP

from monitor.core.alert import moment
from monitor.errors import RejectedReason
from monitor.records import DeadLetter, describe_dead_letter, encode
from monitor.stream.outlet import Outlet, Record
from monitor.topics import DEAD_LETTERS
from monitor.traces import read_traceparent


def write_letter(
    tp: TP, record: Any, reason: RejectedReason, detail: str, *, keep_payload: bool = True
) -> DeadLetter:
    """Write the letter of one record of a partition."""
    return DeadLetter(
        reason=reason,
        detail=detail,
        topic=tp.topic,
        partition=tp.partition,
        offset=record.offset,
        received_at=moment(record.timestamp / 1000),
        size_bytes=len(record.value or b""),
        payload=record.value if keep_payload else None,
        traceparent=read_traceparent(record.headers),
    )


async def send_letters(outlet: Outlet, partition: int, letters: Sequence[DeadLetter]) -> None:
    """Send letters in order to one partition, and return when they are confirmed."""
    if not letters:
        return
    records: list[Record] = [
        (f"{one.topic}:{one.partition}:{one.offset}".encode(), encode(one), describe_dead_letter(one))
        for one in letters
    ]
    await outlet.send(DEAD_LETTERS, {partition: records}, large=True)
