"""What is kept per key, and what moves it: `FOLLOW` keeps a journey per customer, `SURGE` a baseline per subject.

A machine is all that the state of a partition, its changelog and its restore know of what they hold.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from monitor.core.alert import Alert
from monitor.core.case import find_waiting_since
from monitor.core.handover import take
from monitor.core.held import Held
from monitor.core.journey import Journey
from monitor.core.packing import find_wake, pack, unpack
from monitor.core.policy import Policy
from monitor.core.presence import Presence
from monitor.core.scored import Erasure, KeyedEvent, Origin, Scored, Tick
from monitor.core.states import FindWake
from monitor.core.surge import Baseline, begin_surge, list_traces, move_surge
from monitor.core.trend import TRENDS_PER_RECORD, Trend, TrendEvent
from monitor.core.trend_list import list_trends


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
    decode: Callable[[bytes], State]
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


def _follow(
    kept: Held | None, event: KeyedEvent | Tick, offset: int, scope: Scope
) -> tuple[Held | None, Sequence[Alert], Sequence[TrendEvent], Sequence[KeyedEvent], Sequence[str]]:
    here = scope.locate(offset)
    # Before it is moved.
    waiting_since = find_waiting_since(kept.case) if isinstance(kept, Journey) else None
    turn = take(kept, event, here, scope.policy)
    trends: Sequence[TrendEvent] = ()
    if isinstance(event, Erasure):
        # Behind all that has been told of this name, on every partition of the trends.
        trends = (msgspec.structs.replace(event, origin=here),)
    elif isinstance(turn.heard, Scored) and isinstance(turn.kept, Journey):
        trends = list_trends(
            turn.heard, here, turn.kept, scope.policy, scope.presence, waiting_since=waiting_since
        )
    return turn.kept, turn.alerts, trends, (turn.handed,) if turn.handed else (), turn.removed


def _surge(
    baseline: Baseline | None, event: TrendEvent | Tick, _offset: int, scope: Scope
) -> tuple[Baseline | None, Sequence[Alert], Sequence[TrendEvent], Sequence[KeyedEvent], Sequence[str]]:
    if baseline is None:
        baseline, alerts = begin_surge(event, scope.policy)
    else:
        alerts = move_surge(baseline, event, scope.policy)
    return (None if baseline is None or baseline.is_over else baseline), alerts, (), (), ()


def _get_customer(event: KeyedEvent) -> str:
    return event.customer


def _find_subject(event: TrendEvent) -> str | Traces:
    return event.subject if isinstance(event, Trend) else Traces(list_traces(event))


def _rank_scored(event: KeyedEvent) -> tuple[str, int]:
    return event.origin.source, event.origin.offset


def _rank_trend(event: TrendEvent) -> tuple[str, int]:
    if isinstance(event, Trend):
        return event.source, event.rank
    return event.origin.source, event.origin.offset * TRENDS_PER_RECORD


def _is_journey(kept: Held | None) -> bool:
    return isinstance(kept, Journey)


def _is_kept(baseline: Baseline | None) -> bool:
    return baseline is not None


class _BaselineClock(msgspec.Struct, array_like=True):
    """What every kind of baseline begins with; the decoder skips the rest."""

    kind: str
    scope: msgspec.Raw
    wake_at: float | None


_decode_baseline_clock: Final = msgspec.msgpack.Decoder(_BaselineClock).decode


def _find_wake_of_baseline(value: bytes) -> float | None:
    return _decode_baseline_clock(value).wake_at


FOLLOW: Final[Machine[Held, KeyedEvent]] = Machine(
    encode=pack,
    decode=unpack,
    find_wake=find_wake,
    find_target=_get_customer,
    find_rank=_rank_scored,
    step=_follow,
    counts=_is_journey,
    passes_time=True,
)
SURGE: Final[Machine[Baseline, TrendEvent]] = Machine(
    encode=msgspec.msgpack.Encoder(order="deterministic").encode,
    decode=msgspec.msgpack.Decoder(Baseline).decode,
    find_wake=_find_wake_of_baseline,
    find_target=_find_subject,
    find_rank=_rank_trend,
    step=_surge,
    counts=_is_kept,
    passes_time=False,
    decoded_at_most=256,
)
