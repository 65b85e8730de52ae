"""What a run of records does to the state of a partition, and how far the state has come with it."""

import msgspec

from monitor.core.alert import Alert
from monitor.core.scored import KeyedEvent, Tick
from monitor.core.trend import TrendEvent


class Marker(msgspec.Struct, array_like=True):
    """How far the state has come: the next offset of its log, and per partition behind it the last rank applied.

    Of the partitions whose ticks are passed on: the time up to which each is complete.
    """

    next_offset: int = 0
    sources: dict[str, int] = {}
    clocks: dict[str, float] = {}
    #: How many of the states count: journeys, and not the names that lead to one.
    counted: int = 0


class Failure(msgspec.Struct, frozen=True):
    """A record that our own code could not take: set aside, never silently."""

    offset: int
    key: str
    error: str


class Plan(msgspec.Struct):
    """What a run of records does: alerts to tell, states to store, and the marker that goes with both."""

    marker: Marker
    alerts: list[Alert] = []
    #: Ids of alerts of those who are erased: taken back after all that is told.
    removed: list[str] = []
    #: What the crowd is to know, and the ticks that are passed on, in their order.
    trends: list[TrendEvent | Tick] = []
    #: What is handed on to other keys, through their partitions of the same log.
    handed: list[KeyedEvent] = []
    #: None removes a state.
    states: dict[str, bytes | None] = {}
    #: When the next clock of each of these states runs out.
    wakes: dict[str, float | None] = {}
    failures: list[Failure] = []
    #: Up to when the clocks of all states have been looked at.
    ticked_until: float | None = None
    #: Records read, and of them those that were applied before.
    records: int = 0
    repeats: int = 0
