"""A machine: all that the state of a partition, its changelog and its restore know of what they hold."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

import msgspec

from monitor.core.alert import Alert
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import KeyedEvent, Origin, Tick
from monitor.core.states import FindWake
from monitor.core.trend import TrendEvent


class Waking(Protocol):
    """State that says when its next clock runs out; None while it has none."""

    @property
    def wake_at(self) -> float | None:
        """Return the moment, in event time."""
        ...


class Place(msgspec.Struct, frozen=True):
    """One partition of a log, and how many there are of it."""

    topic: str
    partition: int = 0
    partitions: int = 1


class Scope(msgspec.Struct, frozen=True):
    """What a step may know beside the state and the event."""

    policy: Policy
    place: Place
    presence: Presence

    def locate(self, offset: int) -> Origin:
        """Name a record of this log."""
        return Origin(self.place.topic, self.place.partition, offset)


State = TypeVar("State", bound=Waking)
Event = TypeVar("Event")
#: What there is to keep afterwards, None for nothing; what is to be told; what is handed on to other keys; and the
#: ids of alerts that are to be taken back.
Step = Callable[
    [State | None, Event | Tick, int, Scope],
    tuple[State | None, Sequence[Alert], Sequence[TrendEvent], Sequence[KeyedEvent], Sequence[str]],
]


class Traces(msgspec.Struct, frozen=True):
    """Names every state whose bytes hold one of these."""

    marks: tuple[bytes, ...]

    def find(self, states: Iterable[tuple[str, bytes | None]]) -> list[str]:
        """List the keys of these states."""
        return sorted(key for key, value in states if value and any(mark in value for mark in self.marks))


class Machine(msgspec.Struct, Generic[State, Event], frozen=True):
    """How one kind of state is encoded, found and moved."""

    encode: Callable[[State], bytes]
    #: Reads what is kept under a key.
    decode: Callable[[str, bytes], State]
    #: Finds when the clock in an encoded state runs out, without decoding the rest.
    find_wake: FindWake
    #: Finds the key of the state that an event moves, or what the states have in them that it moves.
    find_target: Callable[[Event], str | Traces]
    #: Finds the partition that an event came from, and its rank there: whatever ranks lower is a repeat.
    find_rank: Callable[[Event], tuple[str, int]]
    #: Takes an event, which stands at that offset of the log.
    step: Step[State, Event]
    #: Tells whether a state counts, of all that is kept.
    counts: Callable[[State | None], bool]
    #: Its ticks go on to those who read its trends.
    passes_time: bool
    #: So many states of a partition stay decoded: those that are few, large, and moved again by every batch.
    decoded_at_most: int = 0


class BaselineClock(msgspec.Struct, array_like=True):
    """What every kind of baseline begins with; the decoder skips the rest."""

    kind: str
    scope: msgspec.Raw
    wake_at: float | None
