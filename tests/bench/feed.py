"""Appends messages at a steady rate, as many people write at once."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from monitor.core.message import Message
from monitor.wire import encode_message

_STEP_SECONDS: Final = 0.005


async def feed(
    bootstrap: str, topic: str, partitions: int, messages: Sequence[Message], per_second: float
) -> None:
    """Append the messages evenly, some every 5 ms; one that is late is appended as soon as can be."""
    records = [(str(one.customer).encode(), encode_message(one)) for one in messages]
    places = {key: (murmur2(key) & 0x7FFFFFFF) % partitions for key in {key for key, _ in records}}
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        clock = asyncio.get_running_loop().time
        began, done = clock(), 0
        while done < len(records):
            due = min(len(records), int((clock() - began) * per_second) + 1)
            if due == done:
                await asyncio.sleep(_STEP_SECONDS)
                continue
            batches: defaultdict[int, object] = defaultdict(producer.create_batch)
            for key, value in records[done:due]:
                batches[places[key]].append(key=key, value=value, timestamp=None)  # type: ignore[attr-defined]  # aiokafka publishes no types
            for place, batch in batches.items():
                await producer.send_batch(batch, topic, partition=place)
            done = due
            await asyncio.sleep(_STEP_SECONDS)
        await producer.flush()
    finally:
        await producer.stop()
