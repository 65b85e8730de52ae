"""Sends built record batches and waits until the broker has confirmed every one; a failure is never swallowed."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from monitor.errors import BrokerError, ChangelogError

Headers = list[tuple[str, bytes]]
#: key, value, headers
Record = tuple[bytes | None, bytes | None, Headers]

#: Below the broker's default `message.max.bytes` of 1,048,588.
_BATCH_BYTES: Final = 1_000_000
#: A topic whose `max.message.bytes` was declared larger.
_LARGE_BATCH_BYTES: Final = 8_000_000
_KEYS_REMEMBERED: Final = 262_144
_UNCOMPRESSED: Final = 0


class Outlet:
    """Every record that leaves the worker leaves here."""

    def __init__(self, producer: Any, schema_ids: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        """Send through `producer`, a started aiokafka producer; `schema_ids` are headers by topic."""
        self._producer = producer
        self._schema_ids = schema_ids or {}
        self._hashes: dict[bytes, int] = {}

    def choose_partition(self, key: bytes, partitions: int) -> int:
        """Choose the partition as every Kafka client does by default; the key's hash is remembered."""
        known = self._hashes.get(key)
        if known is None:
            if len(self._hashes) >= _KEYS_REMEMBERED:
                self._hashes.clear()
            known = self._hashes[key] = murmur2(key) & 0x7FFFFFFF
        return known % partitions

    async def count_partitions(self, topic: str) -> int:
        """Ask how many partitions a topic has.

        Raises:
            BrokerError: there is no such topic.

        """
        partitions = await self._producer.partitions_for(topic)
        if not partitions:
            raise BrokerError(f"topic {topic} does not exist: run `monitor topics create`")
        return len(partitions)

    async def send(self, topic: str, by_partition: dict[int, list[Record]], *, large: bool = False) -> None:
        """Send records, in order within each partition, and return when all of them are confirmed."""
        limit = _LARGE_BATCH_BYTES if large else _BATCH_BYTES
        await asyncio.gather(
            *(
                self._send_in_order(topic, partition, records, limit)
                for partition, records in by_partition.items()
            )
        )

    async def append_whole(self, topic: str, partition: int, records: Iterable[Record]) -> RecordMetadata:
        """Append records as one batch, which lands whole or not at all, and return where it landed.

        Raises:
            ChangelogError: they do not fit one batch, or the broker did not say where it landed.

        """
        batch = BatchBuilder(_LARGE_BATCH_BYTES, _UNCOMPRESSED)
        for key, value, headers in records:
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                raise ChangelogError(
                    f"{topic}[{partition}]: a state batch exceeds {_LARGE_BATCH_BYTES} bytes"
                )
        landed = await self._confirm(topic, partition, batch)
        if landed.offset is None or landed.offset < 0:
            raise ChangelogError(f"{topic}[{partition}]: the broker did not say where a batch landed")
        return landed

    async def _send_in_order(self, topic: str, partition: int, records: list[Record], limit: int) -> None:
        batch = BatchBuilder(limit, _UNCOMPRESSED)
        schema_id = self._schema_ids.get(topic)
        for key, value, described in records:
            headers = [*described, schema_id] if schema_id else described
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                await self._confirm(topic, partition, batch)
                batch = BatchBuilder(limit, _UNCOMPRESSED)
                batch.append(timestamp=None, key=key, value=value, headers=headers)
        await self._confirm(topic, partition, batch)

    async def _confirm(self, topic: str, partition: int, batch: BatchBuilder) -> RecordMetadata:
        batch.close()
        return await (await self._producer.send_batch(batch, topic, partition=partition))
