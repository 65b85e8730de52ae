"""Reads a topic's records by assigned partitions; commits nothing and joins no group."""

import time
from collections.abc import Generator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from kafka import KafkaConsumer, TopicPartition
from kafka.partitioner.default import murmur2

from monitor.client.connection import REQUEST_SECONDS, open_client, require_reachable
from monitor.errors import BrokerError

_POLL_SECONDS: Final = 0.5
#: kafka-python waits for a lost broker for ever and in silence; after so much silence we look for ourselves.
_SILENCE_SECONDS: Final = 3.0
_OPTIONS: Final[Mapping[str, Any]] = {
    "group_id": None,
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "allow_auto_create_topics": False,
    "request_timeout_ms": int(REQUEST_SECONDS * 1000),
}


class Record(msgspec.Struct, frozen=True):
    """One record as it lies on a topic; `timestamp_ms` is Kafka's, not the event's."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def read_topic(
    bootstrap: str,
    topic: str,
    *,
    key: bytes | None = None,
    from_beginning: bool = True,
    since: datetime | None = None,
    follow: bool = False,
    for_seconds: float | None = None,
    connection: Mapping[str, Any] | None = None,
) -> Generator[Record, None, None]:
    """Yield the records of a topic, each partition in its order.

    With a key only the partition is read in which Kafka's clients put it, together with what else stands there.
    Begins at the oldest, at the first one appended at or after `since`, or at the next one. Stops where the topic
    ended at the start of the call, unless it is to `follow`; and after `for_seconds`.
    The embedded broker's end offsets are too low: without `from_beginning` some old records show as well.
    """
    deadline = None if for_seconds is None else time.monotonic() + for_seconds
    with open_client(KafkaConsumer, bootstrap, connection, **_OPTIONS) as consumer:
        partitions = _assign(consumer, topic, bootstrap, key)
        _seek(consumer, partitions, since, from_beginning=from_beginning)
        ends = {} if follow else consumer.end_offsets(partitions)
        began_ms, fresh = time.time() * 1000, set[TopicPartition]()
        heard = time.monotonic()
        while deadline is None or time.monotonic() < deadline:
            batches = consumer.poll(timeout_ms=_remaining_ms(deadline))
            for partition, batch in batches.items():
                for found in batch:
                    if ends and found.offset >= ends[partition] and found.timestamp > began_ms:
                        fresh.add(partition)
                        break
                    yield _to_record(found)
            # The embedded broker's end offset is too low: what lies behind it counts if it was there at the start.
            at_end = ends and all(consumer.position(part) >= end for part, end in ends.items())
            if at_end and batches.keys() <= fresh:
                return
            if batches:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_SECONDS:
                require_reachable(bootstrap)
                heard = time.monotonic()


def _to_record(found: Any) -> Record:  # noqa: ANN401 - kafka-python has no types
    return Record(
        found.topic,
        found.partition,
        found.offset,
        found.timestamp,
        found.key,
        found.value,
        tuple(found.headers),
    )


def _assign(consumer: KafkaConsumer, topic: str, bootstrap: str, key: bytes | None) -> list[TopicPartition]:
    numbers = consumer.partitions_for_topic(topic)
    if not numbers:
        raise BrokerError(f"there is no topic {topic} on {bootstrap}; create it with `monitor topics create`")
    wanted = sorted(numbers) if key is None else [(murmur2(key) & 0x7FFFFFFF) % len(numbers)]
    partitions = [TopicPartition(topic, number) for number in wanted]
    consumer.assign(partitions)
    return partitions


def _seek(
    consumer: KafkaConsumer, partitions: list[TopicPartition], since: datetime | None, *, from_beginning: bool
) -> None:
    if since is not None:
        _seek_to_time(consumer, partitions, since)
    elif from_beginning:
        consumer.seek_to_beginning(*partitions)
    else:
        _seek_to_end(consumer, partitions)


def _seek_to_time(consumer: KafkaConsumer, partitions: list[TopicPartition], since: datetime) -> None:
    since_ms = int(since.timestamp() * 1000)
    for partition, found in consumer.offsets_for_times(dict.fromkeys(partitions, since_ms)).items():
        # The embedded broker says -1 where Kafka says nothing: there is no record so late.
        if found is None or found.timestamp < 0:
            _seek_to_end(consumer, [partition])
        else:
            consumer.seek(partition, found.offset)


def _seek_to_end(consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
    consumer.seek_to_end(*partitions)
    for partition in partitions:
        # seek_to_end is lazy: settle where "now" is before anybody sends.
        consumer.position(partition)


def _remaining_ms(deadline: float | None) -> int:
    if deadline is None:
        return int(_POLL_SECONDS * 1000)
    return int(max(0.0, min(_POLL_SECONDS, deadline - time.monotonic())) * 1000)
