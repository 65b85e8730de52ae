"""Reads all that is known of identities, and follows it: outside any group, so that every worker knows everything.

It may lag behind by less than `identity.settled_after_seconds` of the policy: scoring does not ask for what is
younger. It must never write.
"""

from collections.abc import Callable
from typing import Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.core.identity import Identities
from monitor.errors import Rejected
from monitor.records import read_identity
from monitor.topics import IDENTITIES

_WAIT_MS: Final = 200

log = structlog.get_logger(__name__)


class IdentityReader:
    """Keeps what scoring knows of identities up to date."""

    def __init__(self, identities: Identities, make_consumer: Callable[[], AIOKafkaConsumer]) -> None:
        self._identities = identities
        self._make_consumer = make_consumer
        self._consumer: AIOKafkaConsumer

    async def start(self, partitions: int) -> None:
        """Read everything that is there."""
        consumer = self._consumer = self._make_consumer()
        await consumer.start()
        places = [TopicPartition(IDENTITIES, number) for number in range(partitions)]
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
        log.info("identities read", records=read)

    async def follow(self) -> None:
        """Read on until cancelled."""
        while True:
            await self._read_on()

    async def stop(self) -> None:
        """Leave the broker."""
        await self._consumer.stop()

    async def _read_on(self) -> int:
        fetched = await self._consumer.getmany(timeout_ms=_WAIT_MS)
        count = 0
        for records in fetched.values():
            count += len(records)
            for record in records:
                try:
                    name, identity = read_identity(record.key, record.value)
                except Rejected:
                    continue  # the score agent reads it too, and sets it aside
                self._identities.learn(name, identity.customer if identity else None, record.timestamp / 1000)
        return count
