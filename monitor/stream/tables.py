"""Reads a compacted topic whole, and follows it: outside any group, so that every worker knows everything.

It may lag behind a little, and must never write.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

_WAIT_MS: Final = 200

log = structlog.get_logger(__name__)


class TableReader:
    """Hands the records of a topic to `learn`, a fetch at a time, from the oldest on; it passes over what is none."""

    def __init__(
        self,
        topic: str,
        make_consumer: Callable[[], AIOKafkaConsumer],
        learn: Callable[[Sequence[Any]], None],
    ) -> None:
        self.topic = topic
        self._make_consumer = make_consumer
        self._learn = learn
        self._consumer: AIOKafkaConsumer

    async def start(self, partitions: int) -> None:
        """Read everything that is there."""
        consumer = self._consumer = self._make_consumer()
        await consumer.start()
        places = [TopicPartition(self.topic, number) for number in range(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        read = 0
        while True:
            fetched = await self._read_on()
            read += fetched
            # An empty fetch as well: the embedded broker's end offsets are too low.
            if not fetched and all([await consumer.position(place) >= ends[place] for place in places]):
                break
        log.info("table read", topic=self.topic, records=read)

    async def follow(self) -> None:
        """Read on until cancelled, and leave the broker then."""
        try:
            while True:
                await self._read_on()
        finally:
            await self._consumer.stop()

    async def _read_on(self) -> int:
        fetched = await self._consumer.getmany(timeout_ms=_WAIT_MS)
        records = [record for part in fetched.values() for record in part]
        if records:
            self._learn(records)
        return len(records)
