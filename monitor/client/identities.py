"""Says on the topic of identities who is who, and reads what has been said; only pseudonyms go there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from kafka import KafkaProducer

from monitor.client.connection import REQUEST_SECONDS, open_client
from monitor.client.consumer import read_topic
from monitor.client.topics import list_topics
from monitor.core.identity import Identities, Identity
from monitor.errors import BrokerError, Rejected
from monitor.records import describe_identity, encode, read_identity
from monitor.topics import IDENTITIES

_DELIVERY_SECONDS: Final = 30.0


def read_identities(bootstrap: str, connection: Mapping[str, Any] | None = None) -> Identities:
    """Read everything that has been said, up to now; what is no identity record is passed over."""
    identities = Identities()
    for record in read_topic(bootstrap, IDENTITIES, connection=connection):
        try:
            name, identity = read_identity(record.key, record.value)
        except Rejected:
            continue  # the workers set it aside
        identities.learn(name, identity.customer if identity else None, record.timestamp_ms / 1000)
    return identities


def send_links(
    bootstrap: str,
    links: Iterable[Identity],
    *,
    connection: Mapping[str, Any] | None = None,
    idempotent: bool = True,
) -> None:
    """Say of each name whom it stands for, and return once the broker has confirmed it."""
    words = [(link.name, encode(link)) for link in links]
    _send(bootstrap, words, connection=connection, idempotent=idempotent)


def send_erasures(
    bootstrap: str,
    names: Iterable[str],
    *,
    connection: Mapping[str, Any] | None = None,
    idempotent: bool = True,
) -> None:
    """Ask for the erasure of what was said under each name, and return once the broker has confirmed it."""
    _send(bootstrap, [(name, None) for name in names], connection=connection, idempotent=idempotent)


def _send(
    bootstrap: str,
    words: Iterable[tuple[str, bytes | None]],
    *,
    connection: Mapping[str, Any] | None,
    idempotent: bool,
) -> None:
    if IDENTITIES not in {shape.name for shape in list_topics(bootstrap, connection)}:
        raise BrokerError(f"there is no topic {IDENTITIES} on {bootstrap}: run `monitor topics create`")
    now = datetime.now(UTC)
    with open_client(
        KafkaProducer,
        bootstrap,
        connection,
        acks="all",
        enable_idempotence=idempotent,
        allow_auto_create_topics=False,
        max_block_ms=int(REQUEST_SECONDS * 1000),
        request_timeout_ms=int(REQUEST_SECONDS * 1000),
        delivery_timeout_ms=int(_DELIVERY_SECONDS * 1000),
    ) as producer:
        sent = [
            producer.send(
                IDENTITIES,
                key=name.encode(),
                value=value,
                headers=describe_identity(name, now),
                timestamp_ms=int(now.timestamp() * 1000),
            )
            for name, value in words
        ]
        for future in sent:
            future.get(_DELIVERY_SECONDS)
