"""What is kept per key, and what moves it: `FOLLOW` keeps a journey per customer.

A machine is all that the state of a partition, its changelog and its restore know of what they hold.
"""

from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.pipeline import begin, move
from monitor.core.policy import Policy
from monitor.core.scored import CustomerEvent, Origin, Tick


class Waking(Protocol):
    """State that says when its next clock runs out; None while it has none."""

    wake_at: float | None


class Placed(Protocol):
    """An event that says where it came from, so that a repeat is known."""

    @property
    def origin(self) -> Origin:
        """Return the place of the record that made it."""
        ...


State = TypeVar("State", bound=Waking)
Event = TypeVar("Event", bound=Placed)


class Machine(msgspec.Struct, Generic[State, Event], frozen=True):
    """How one kind of state is encoded, found, begun and moved."""

    encode: Callable[[State | None], bytes]
    decode: Callable[[bytes], State]
    #: Finds the key of the state that an event moves.
    find_key: Callable[[Event], str]
    begin: Callable[[Event | Tick, Policy], tuple[State | None, Sequence[Alert]]]
    move: Callable[[State, Event | Tick, Policy], Sequence[Alert]]


def _get_customer(event: CustomerEvent) -> str:
    return event.customer


_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode

FOLLOW: Final[Machine[Journey, CustomerEvent]] = Machine(
    encode=_encode,
    decode=msgspec.msgpack.Decoder(Journey).decode,
    find_key=_get_customer,
    begin=begin,
    move=move,
)
