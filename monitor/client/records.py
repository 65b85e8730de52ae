"""Sends a few records of Earshot's own topics, with their headers, and waits until each is confirmed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from monitor.client.producer import DELIVERY_SECONDS, open_producer
from monitor.client.topics import list_topics
from monitor.errors import BrokerError
from monitor.records import Headers


def send_records(
    bootstrap: str,
    topic: str,
    records: Iterable[tuple[str, bytes | None, Headers]],
    *,
    at: datetime,
    connection: Mapping[str, Any] | None = None,
    idempotent: bool = True,
) -> None:
    """Send (key, value, headers) of that time, and return once the broker has confirmed all of them.

    Raises:
        BrokerError: there is no such topic, or the broker cannot be reached.

    """
    if topic not in {shape.name for shape in list_topics(bootstrap, connection)}:
        raise BrokerError(f"there is no topic {topic} on {bootstrap}: run `monitor topics create`")
    with open_producer(bootstrap, connection, idempotent=idempotent) as producer:
        sent = [
            producer.send(
                topic,
                key=key.encode(),
                value=value,
                headers=headers,
                timestamp_ms=int(at.timestamp() * 1000),
            )
            for key, value, headers in records
        ]
        for future in sent:
            future.get(DELIVERY_SECONDS)
