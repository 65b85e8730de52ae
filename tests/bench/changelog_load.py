"""Journeys of very many customers, laid into the changelog as an earlier worker would have left them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from monitor.core.identity import Pseudonyms
from monitor.core.journey import Journey
from monitor.core.machines import FOLLOW
from monitor.core.message import Message
from monitor.core.scored import Tick
from monitor.replay import Arrival, replay
from monitor.resources import load_instruments, load_policy
from monitor.stream.changelog import name_writer
from monitor.topics import JOURNEYS
from tests.bench.loads import append, tell_messages

_TEMPLATE_CUSTOMERS: Final = 2_000
_TEMPLATE_MESSAGES: Final = 5_000

_TICK: Final = timedelta(minutes=1)


def lay_journeys(bootstrap: str, partitions: int, customers: int, pseudonym_key: bytes) -> int:
    """Append one journey per customer `c-0`, `c-1`, ...; return their mean bytes, key included.

    They are the journeys that real messages made of some customers, handed round.
    """
    names = Pseudonyms(pseudonym_key)
    at = datetime.now(UTC) - timedelta(hours=2)
    records = _tell_journeys(customers, names, at)
    sent_bytes = append(bootstrap, JOURNEYS, partitions, records, [("writer", name_writer(0))])
    return sent_bytes // customers + len(names.hide("customer:c-0"))


def _tell_journeys(customers: int, names: Pseudonyms, at: datetime) -> Iterator[tuple[bytes, bytes]]:
    told = tell_messages(_TEMPLATE_MESSAGES, end=at, customers=_TEMPLATE_CUSTOMERS, seed=2)
    arrivals = [Arrival("load", message.at, message) for message in told]
    # Time has passed for them, as it had under an earlier worker: no million of clocks waits for the first tick.
    minutes = int((datetime.now(UTC) - at) / _TICK)
    ticks = [Tick(at=at + _TICK * minute) for minute in range(1, minutes + 1)]
    stored = replay([*arrivals, *ticks], load_instruments(), load_policy()).journeys
    templates = [
        held for name, value in stored.items() if isinstance(held := FOLLOW.decode(name, value), Journey)
    ]
    for number in range(customers):
        journey = templates[number % len(templates)]
        journey.customer = names.name(
            Message(id="", channel="social", at=at, text="", customer=f"c-{number}")
        )
        yield journey.customer.encode(), FOLLOW.encode(journey)
