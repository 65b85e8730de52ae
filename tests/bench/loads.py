"""The messages that every contestant reads: seeded, canonical, built from the bundled background texts.

About 170 bytes of JSON each, keyed by customer. Each text ends in a number of its own, so that no two texts are
the same and remembering whole texts gains nothing.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2

from monitor.core.message import CHANNELS, Message
from monitor.story import load_background
from monitor.wire import encode_message

CUSTOMERS: Final = 20_000
#: The messages were said evenly over the hour before the load.
SPAN: Final = timedelta(hours=1)

_BATCH_BYTES: Final = 1_000_000
_BATCHES_AT_A_TIME: Final = 8


def tell_messages(
    count: int,
    *,
    end: datetime,
    span: timedelta = SPAN,
    customers: int = CUSTOMERS,
    hot_share: float = 0.0,
    characters: int = 0,
    seed: int = 1,
) -> Iterator[Message]:
    """Tell `count` messages in event-time order over `span`, the last one at `end`; the same for the same arguments.

    `hot_share` of them come from one customer. `characters`, if given, is the length to which texts are joined or cut.
    """
    dice = Random(seed)
    texts = [one.text for one in load_background()]
    if characters:
        texts = list(_fit(texts, characters))
    for number in range(count):
        yield Message(
            id=f"m-{number}",
            channel=dice.choice(CHANNELS),
            at=end - span * (1 - (number + 1) / count),
            text=f"{dice.choice(texts)} #{dice.randrange(10**6)}",
            customer=f"c-{0 if hot_share and dice.random() < hot_share else dice.randrange(customers)}",
        )


def _fit(texts: Sequence[str], characters: int) -> Iterator[str]:
    """Join texts that are too short with those that follow, and cut each at the length asked for."""
    for number in range(len(texts)):
        joined = texts[number]
        following = number
        while len(joined) < characters:
            following = (following + 1) % len(texts)
            joined = f"{joined} {texts[following]}"
        yield joined[:characters]


def load(bootstrap: str, topic: str, partitions: int, messages: Iterable[Message]) -> int:
    """Append the messages to the topic, where every Kafka client would put them, and return how many bytes."""
    records = ((str(message.customer).encode(), encode_message(message)) for message in messages)
    return append(bootstrap, topic, partitions, records)


def load_topics(bootstrap: str, partitions: int, counts: dict[str, int]) -> int:
    """Fill each topic with the first so many of one stream of messages; return the mean bytes of one."""
    most = max(counts.values())
    messages = list(tell_messages(most, end=datetime.now(UTC)))
    sizes = [load(bootstrap, topic, partitions, messages[:count]) for topic, count in counts.items()]
    return max(sizes) // most


def append(
    bootstrap: str,
    topic: str,
    partitions: int,
    records: Iterable[tuple[bytes, bytes]],
    headers: Sequence[tuple[str, bytes]] = (),
) -> int:
    """Append keyed values in large batches, each with the same headers; return the bytes of the values."""
    return asyncio.run(_append(bootstrap, topic, partitions, records, list(headers)))


async def _append(
    bootstrap: str,
    topic: str,
    partitions: int,
    records: Iterable[tuple[bytes, bytes]],
    headers: list[tuple[str, bytes]],
) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        max_batch_size=_BATCH_BYTES,
        max_request_size=2 * _BATCH_BYTES,
    )
    await producer.start()
    try:
        batches: dict[int, Any] = {number: producer.create_batch() for number in range(partitions)}
        places: dict[bytes, int] = {}
        sent_bytes = 0
        for key, value in records:
            place = places.get(key, -1)
            if place < 0:
                place = places[key] = (murmur2(key) & 0x7FFFFFFF) % partitions
            if batches[place].append(key=key, value=value, timestamp=None, headers=headers) is None:
                await (await producer.send_batch(batches[place], topic, partition=place))
                batches[place] = producer.create_batch()
                batches[place].append(key=key, value=value, timestamp=None, headers=headers)
            sent_bytes += len(value)
        for place, batch in batches.items():
            await (await producer.send_batch(batch, topic, partition=place))
    finally:
        await producer.stop()
    return sent_bytes
