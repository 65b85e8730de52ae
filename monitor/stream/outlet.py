"""Sends built record batches and waits until the broker has confirmed every one; a failure is never swallowed.

What is given for a partition while a batch is under way to it leaves as one batch after it: every partition of the
sources writes to every scored one, and aiokafka would send their batches one by one, a request each, and give up
early on those that wait.

An aiokafka producer has one request under way to each broker, whatever waits behind it. So states are appended by a
producer of their own: what one partition sends need not wait for what another stores.
"""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import chain
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
    """Every record that an agent lets go leaves here."""

    def __init__(
        self, sending: Any, appending: Any, schema_ids: Mapping[str, tuple[str, bytes]] | None = None
    ) -> None:
        """Send through one, and append whole batches through the other of two started aiokafka producers.

        `schema_ids` are headers by topic.
        """
        self._sending = sending
        self._appending = appending
        self._schema_ids = schema_ids or {}
        self._hashes: dict[bytes, int] = {}
        self._queues: dict[tuple[str, int], _Queue] = {}

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
        partitions = await self._sending.partitions_for(topic)
        if not partitions:
            raise BrokerError(f"topic {topic} does not exist: run `monitor topics create`")
        return len(partitions)

    async def send(self, topic: str, by_partition: dict[int, list[Record]], *, large: bool = False) -> None:
        """Send records, in order within each partition, and return when all of them are confirmed."""
        limit = _LARGE_BATCH_BYTES if large else _BATCH_BYTES
        await asyncio.gather(
            *(self._enqueue(topic, partition, records, limit) for partition, records in by_partition.items())
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
        landed = await _confirm(self._appending, topic, partition, batch)
        if landed.offset is None or landed.offset < 0:
            raise ChangelogError(f"{topic}[{partition}]: the broker did not say where a batch landed")
        return landed

    def _enqueue(self, topic: str, partition: int, records: list[Record], limit: int) -> asyncio.Future[None]:
        queue = self._queues.setdefault((topic, partition), _Queue())
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.waiting.append((records, confirmed))
        if queue.emptying is None:
            queue.emptying = asyncio.create_task(self._empty(queue, topic, partition, limit))
        return confirmed

    async def _empty(self, queue: "_Queue", topic: str, partition: int, limit: int) -> None:
        try:
            while queue.waiting:
                # Of a lane that was stopped meanwhile, nothing more is sent.
                leaving = [
                    (records, confirmed) for records, confirmed in queue.waiting if not confirmed.done()
                ]
                queue.waiting.clear()
                try:
                    await self._send_in_order(
                        topic, partition, chain.from_iterable(records for records, _ in leaving), limit
                    )
                except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where they wait
                    _settle(leaving, error)
                else:
                    _settle(leaving, None)
        finally:
            queue.emptying = None

    async def _send_in_order(self, topic: str, partition: int, records: Iterable[Record], limit: int) -> None:
        batch = BatchBuilder(limit, _UNCOMPRESSED)
        schema_id = self._schema_ids.get(topic)
        for key, value, described in records:
            headers = [*described, schema_id] if schema_id else described
            if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
                await _confirm(self._sending, topic, partition, batch)
                batch = BatchBuilder(limit, _UNCOMPRESSED)
                batch.append(timestamp=None, key=key, value=value, headers=headers)
        if batch.record_count():
            await _confirm(self._sending, topic, partition, batch)


class _Queue:
    """What waits for one partition, and the task that sends it."""

    def __init__(self) -> None:
        self.waiting: list[_Waiting] = []
        self.emptying: asyncio.Task[None] | None = None


_Waiting = tuple[list[Record], "asyncio.Future[None]"]


async def _confirm(producer: Any, topic: str, partition: int, batch: BatchBuilder) -> RecordMetadata:
    batch.close()
    return await (await producer.send_batch(batch, topic, partition=partition))


def _settle(sent: Iterable[_Waiting], error: Exception | None) -> None:
    """Tell those who wait that their records are confirmed, or why not."""
    for _, confirmed in sent:
        if confirmed.done():
            continue
        if error is None:
            confirmed.set_result(None)
        else:
            confirmed.set_exception(error)
