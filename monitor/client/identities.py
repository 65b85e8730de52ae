"""Says on the topic of identities who is who, and reads what has been said; only pseudonyms go there."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.client.consumer import read_topic
from monitor.client.records import send_records
from monitor.core.identity import Identities
from monitor.core.identity_record import Identity
from monitor.errors import Rejected
from monitor.records import describe_identity, encode, read_identity
from monitor.topics import IDENTITIES


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
    now = datetime.now(UTC)
    words = [(link.name, encode(link), describe_identity(link.name, now)) for link in links]
    send_records(bootstrap, IDENTITIES, words, at=now, connection=connection, idempotent=idempotent)


def send_erasures(
    bootstrap: str,
    names: Iterable[str],
    *,
    connection: Mapping[str, Any] | None = None,
    idempotent: bool = True,
) -> None:
    """Ask for the erasure of what was said under each name, and return once the broker has confirmed it."""
    now = datetime.now(UTC)
    words = [(name, None, describe_identity(name, now)) for name in names]
    send_records(bootstrap, IDENTITIES, words, at=now, connection=connection, idempotent=idempotent)
