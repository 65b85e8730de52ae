"""What waits in the partitions that this worker reads, and since when."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from faust.types import TP

from monitor.stream.batches import BatchConsumer


class Backlog(msgspec.Struct, frozen=True):
    """One partition's backlog, in append (wall) time.

    `since_seconds` is the append time of the last record worked, None when none has been worked since the
    assignment.
    """

    tp: TP
    state: Literal["unknown", "empty", "waiting"]
    since_seconds: float | None


def list_backlogs(consumer: BatchConsumer) -> Iterator[Backlog]:
    """Look at every assigned partition; the broker is not asked, its last fetch answers."""
    for tp in consumer.assignment():
        highwater, position = consumer.highwater(tp), consumer.find_position(tp)
        since_seconds = consumer.worked_at_seconds.get(tp)
        if highwater is None or position is None:
            yield Backlog(tp, "unknown", since_seconds)
        elif position < highwater or consumer.is_busy(tp):
            yield Backlog(tp, "waiting", since_seconds)
        else:
            yield Backlog(tp, "empty", since_seconds)
