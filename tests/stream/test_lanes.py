"""A lane works what has queued up as one batch, and gathers more before it where it is told to."""

import asyncio
from types import SimpleNamespace
from typing import Any, Final, cast

from faust.types import TP
from faust.types.tuples import ConsumerMessage

from monitor.stream.batches import BatchConsumer
from monitor.stream.lanes import Lane

PLACE: Final = TP("trends", 0)
#: Longer than any test waits.
_FOR_EVER_SECONDS: Final = 3600.0


class Fetching:
    """A consumer that is in the flow, as far as a lane sees it."""

    flow_active = True
    app = SimpleNamespace(consumer_generation_id=1)

    def __init__(self, messages: int) -> None:
        self.finished: list[int] = []
        self.is_done = asyncio.Event()
        self._messages = messages

    def hold(self, tp: TP) -> None: ...
    def release(self, tp: TP) -> None: ...
    def begin(self, message: ConsumerMessage) -> None: ...
    def ack(self, message: ConsumerMessage) -> None:
        self.finished.append(message.offset)
        if len(self.finished) == self._messages:
            self.is_done.set()


def fetch(*offsets: int) -> ConsumerMessage:
    """Return a fetched batch whose records are their offsets."""
    return ConsumerMessage(
        *PLACE, offsets[-1], 0.0, 0, (), None, list(offsets), None, 0, 0, PLACE, generation_id=1
    )


async def run_lane(
    messages: list[ConsumerMessage], *, records_at_most: int, gather_seconds: float
) -> tuple[list[list[int]], list[int]]:
    """Give a lane messages, each after it has had its turn, until all are finished; return batches and acks."""
    consumer, batches = Fetching(len(messages)), list[list[int]]()

    async def work(_tp: TP, records: list[Any]) -> None:
        batches.append(records)

    lane = Lane(PLACE, cast("BatchConsumer", consumer), work, records_at_most, gather_seconds)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(lane.run())
        for message in messages:
            lane.put(message)
            for _ in range(3):
                await asyncio.sleep(0)
        await consumer.is_done.wait()
        running.cancel()
    return batches, consumer.finished


def test_a_lane_works_at_once_what_is_there() -> None:
    batches, finished = asyncio.run(run_lane([fetch(0, 1), fetch(2)], records_at_most=10, gather_seconds=0.0))
    assert batches == [[0, 1], [2]]
    assert finished == [1, 2]


def test_a_lane_that_gathers_works_what_comes_meanwhile_in_the_same_batch() -> None:
    batches, finished = asyncio.run(
        run_lane([fetch(0, 1), fetch(2)], records_at_most=10, gather_seconds=0.05)
    )
    assert batches == [[0, 1, 2]]
    assert finished == [1, 2]


def test_a_full_batch_waits_for_no_more() -> None:
    batches, _ = asyncio.run(
        run_lane([fetch(0, 1), fetch(2, 3)], records_at_most=2, gather_seconds=_FOR_EVER_SECONDS)
    )
    assert batches == [[0, 1], [2, 3]]
