"""What every worker learns of identities.

It may lag behind by less than `identity.settled_after_seconds` of the policy: scoring does not ask for what is younger.
"""

from collections.abc import Callable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer

from monitor.core.identity import Identities
from monitor.errors import Rejected
from monitor.records import read_identity
from monitor.stream.tables import TableReader
from monitor.topics import IDENTITIES


def make_identity_reader(
    identities: Identities, make_consumer: Callable[[], AIOKafkaConsumer]
) -> TableReader:
    """Make the reader that keeps what scoring knows of identities up to date."""

    def learn(records: Sequence[Any]) -> None:
        for record in records:
            try:
                name, identity = read_identity(record.key, record.value)
            except Rejected:
                continue  # the score agent reads it too, and sets it aside
            identities.learn(name, identity.customer if identity else None, record.timestamp / 1000)

    return TableReader(IDENTITIES, make_consumer, learn)
