"""Sends lines of JSON to a topic, each confirmed by the broker; a line that is not JSON is never sent."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import msgspec
from kafka import KafkaProducer
from kafka.errors import (
    InvalidRecordError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from monitor.client.connection import REQUEST_SECONDS, open_client
from monitor.client.topics import list_topics
from monitor.errors import BrokerError

DELIVERY_SECONDS: Final = 30.0
_LINGER_SECONDS: Final = 0.02
_BATCH_BYTES: Final = 256 * 1024

#: Yields the record key of a parsed line, or None for any partition.
KeyOf = Callable[[Any], bytes | None]

#: The broker refuses such a record for what it is; the next one may pass.
_RECORD_FAULTS: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)


class LineFault(msgspec.Struct, frozen=True):
    """Why one line was not sent; the line itself is not quoted, it may be personal."""

    line: int
    reason: str


class SendReport(msgspec.Struct, frozen=True):
    sent: int
    faults: tuple[LineFault, ...]


class _Sending:
    """One run over the lines; the producer's own thread confirms and fails what the caller's thread sends."""

    def __init__(self, producer: KafkaProducer, topic: str, key_of: KeyOf | None) -> None:
        self._producer = producer
        self._topic = topic
        self._key_of = key_of
        self.confirmed = 0
        self.faults: list[LineFault] = []
        self.failure: KafkaError | None = None

    def send(self, number: int, line: bytes) -> None:
        """Hand one line to the producer, or note why it cannot be sent."""
        try:
            document = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.faults.append(LineFault(number, f"not JSON: {error}"))
            return
        key = None if self._key_of is None else self._key_of(document)
        try:
            future = self._producer.send(self._topic, line, key=key)
        except KafkaError as error:
            self._fail(number, error)
            return
        future.add_callback(self._confirm)
        future.add_errback(lambda error: self._fail(number, error))

    def _confirm(self, _metadata: object) -> None:
        self.confirmed += 1

    def _fail(self, number: int, error: KafkaError) -> None:
        if isinstance(error, _RECORD_FAULTS):
            self.faults.append(LineFault(number, f"not taken: {error}"))
        else:
            self.failure = error


def open_producer(
    bootstrap: str, connection: Mapping[str, Any] | None, *, idempotent: bool, **options: object
) -> AbstractContextManager[Any]:
    """Open a producer whose records are confirmed by all replicas, or fail within a time that somebody waits."""
    return open_client(
        KafkaProducer,
        bootstrap,
        connection,
        acks="all",
        enable_idempotence=idempotent,
        allow_auto_create_topics=False,
        max_block_ms=int(REQUEST_SECONDS * 1000),
        request_timeout_ms=int(REQUEST_SECONDS * 1000),
        delivery_timeout_ms=int(DELIVERY_SECONDS * 1000),
        **options,
    )


def send_lines(
    bootstrap: str,
    topic: str,
    lines: Iterable[bytes],
    *,
    connection: Mapping[str, Any] | None = None,
    idempotent: bool = True,
    key_of: KeyOf | None = None,
) -> SendReport:
    """Send each line that is JSON and return once the broker has confirmed them all; blank lines are skipped.

    Only records of one key keep their order: without `key_of` a record goes to any partition.
    """
    limit = _find_limit(bootstrap, topic, connection)
    with open_producer(
        bootstrap,
        connection,
        idempotent=idempotent,
        linger_ms=int(_LINGER_SECONDS * 1000),
        batch_size=min(_BATCH_BYTES, limit),
        # The broker refuses a whole batch for one record that is too large, so none may get that far.
        max_request_size=limit,
    ) as producer:
        sending = _Sending(producer, topic, key_of)
        for number, line in enumerate(map(bytes.strip, lines), start=1):
            if sending.failure is not None:
                break
            if line:
                sending.send(number, line)
        producer.flush()
    if sending.failure is not None:
        raise BrokerError(
            f"sending to {topic} on {bootstrap} broke off after {sending.confirmed} confirmed records:"
            f" {sending.failure}"
        )
    return SendReport(sending.confirmed, tuple(sorted(sending.faults, key=lambda fault: fault.line)))


def _find_limit(bootstrap: str, topic: str, connection: Mapping[str, Any] | None) -> int:
    """Return how many bytes a record of the topic may have; BrokerError if there is no such topic.

    Asked of the broker's list, because a producer waits out its whole block time for a missing topic.
    """
    for shape in list_topics(bootstrap, connection):
        if shape.name == topic:
            return shape.max_message_bytes
    raise BrokerError(
        f"there is no topic {topic} on {bootstrap}: create it first, or correct --topic;"
        " `monitor topics list` shows what is there"
    )
