"""What leaves the worker, and what waits for what on its way."""

import asyncio

from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from monitor.stream.outlet import Outlet


class _Producer:
    """Takes every batch, and has it confirmed when it is told to."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, int]] = []
        self.landed = asyncio.Event()

    async def send_batch(
        self, _batch: BatchBuilder, topic: str, *, partition: int
    ) -> asyncio.Task[RecordMetadata]:
        self.batches.append((topic, partition))
        return asyncio.create_task(self._confirm(topic, partition))

    async def _confirm(self, topic: str, partition: int) -> RecordMetadata:
        await self.landed.wait()
        return RecordMetadata(topic, partition, TopicPartition(topic, partition), 7, -1, 0, 0)


async def _store_while_sending() -> tuple[int, bool, list[_Producer]]:
    sending, appending = _Producer(), _Producer()
    outlet = Outlet(sending, appending)
    sent = asyncio.create_task(outlet.send("scored", {0: [(b"key", b"value", [])]}))
    appending.landed.set()
    landed = await outlet.append_whole("journeys", 0, [(b"key", b"state", [])])
    is_sent_first = sent.done()
    sending.landed.set()
    await sent
    return landed.offset, is_sent_first, [sending, appending]


def test_a_state_is_stored_while_what_was_sent_before_still_waits_for_its_confirmation() -> None:
    offset, is_sent_first, (sending, appending) = asyncio.run(_store_while_sending())
    assert (offset, is_sent_first) == (7, False)
    assert (sending.batches, appending.batches) == ([("scored", 0)], [("journeys", 0)])
