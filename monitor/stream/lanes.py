"""One task per partition: each takes all that has queued, up to a bound, as one batch, and works it side by side.

Batches size themselves: a few records when quiet, thousands under a backlog. An error ends the agent: fail-stop.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from faust.types import TP
from faust.types.tuples import ConsumerMessage

from monitor.stream.batches import BatchConsumer

#: Works the records of one partition, in offset order; returns when everything they cause is confirmed.
Work = Callable[[TP, list[Any]], Awaitable[None]]


class Lane:
    """The queue of one partition, and the task that works it."""

    def __init__(
        self, tp: TP, consumer: BatchConsumer, work: Work, records_at_most: int, gather_seconds: float
    ) -> None:
        self._tp = tp
        self._consumer = consumer
        self._work = work
        self._records_at_most = records_at_most
        self._gather_seconds = gather_seconds
        self._queue: deque[ConsumerMessage] = deque()
        self._queued_records = 0
        self._filled = asyncio.Event()

    def put(self, message: ConsumerMessage) -> None:
        """Queue a batch, and stop the fetching when two rounds of work are waiting."""
        self._queue.append(message)
        self._queued_records += len(message.value)
        if self._queued_records > 2 * self._records_at_most:
            self._consumer.hold(self._tp)
        self._filled.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._filled.wait()
            if self._gather_seconds and self._queued_records < self._records_at_most:
                await asyncio.sleep(self._gather_seconds)
            messages = self._take()
            if not messages:
                continue
            await self._work(self._tp, [record for message in messages for record in message.value])
            for message in messages:
                self._consumer.ack(message)

    def _take(self) -> list[ConsumerMessage]:
        taken: list[ConsumerMessage] = []
        records = 0
        current = self._consumer.app.consumer_generation_id
        while self._queue and records < self._records_at_most:
            message = self._queue.popleft()
            self._queued_records -= len(message.value)
            if self._consumer.flow_active and message.generation_id == current:
                self._consumer.begin(message)
                taken.append(message)
                records += len(message.value)
        if not self._queue:
            self._filled.clear()
        if self._queued_records <= self._records_at_most:
            self._consumer.release(self._tp)
        return taken


async def run_lanes(
    stream: Any, consumer: BatchConsumer, work: Work, records_at_most: int, gather_seconds: float = 0.0
) -> None:
    """Sort the agent's batches into lanes until the stream stops; the first error ends all of them.

    With `gather_seconds`, a lane waits so long for more before it begins a batch, unless a full one is there.
    """
    lanes: dict[TP, Lane] = {}
    queue = stream.channel.queue
    async with asyncio.TaskGroup() as tasks:
        running: list[asyncio.Task[None]] = []
        try:
            while True:
                event = await queue.get()
                message = event.message
                lane = lanes.get(message.tp)
                if lane is None:
                    lane = lanes[message.tp] = Lane(
                        message.tp, consumer, work, records_at_most, gather_seconds
                    )
                    running.append(tasks.create_task(lane.run(), name=f"lane {message.tp}"))
                lane.put(message)
        except StopAsyncIteration:  # how Faust's queue says that the app is stopping
            for task in running:
                task.cancel()
