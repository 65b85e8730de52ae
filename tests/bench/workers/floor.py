"""The floor: aiokafka fetches, msgspec decodes the canonical message, and nothing else is done."""

import asyncio

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.core.message import Message
from tests.bench.workers.job import Job, begin, rest, say


async def consume(job: Job) -> None:
    """Read and decode every message."""
    decode = msgspec.json.Decoder(Message).decode
    consumer = AIOKafkaConsumer(
        bootstrap_servers=job.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4 * 1024 * 1024,  # as our worker has it
    )
    await consumer.start()
    try:
        # Before anything is fetched ahead.
        say("first")
        consumer.assign([TopicPartition(job.source, number) for number in range(job.partitions)])
        handled = 0
        while handled < job.messages:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                for record in records:
                    decode(record.value)
                handled += len(records)
        say("last", handled=handled)
        say("done")
    finally:
        await consumer.stop()


def run() -> None:
    """Read the topic once, then wait to be ended."""
    asyncio.run(consume(begin()))
    rest()


if __name__ == "__main__":
    run()
