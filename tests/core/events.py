"""Scored messages and ticks for tests, built directly: no text, no model."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, repeat
from typing import Final

from hypothesis import strategies as st

from monitor.core.alert import Alert
from monitor.core.finding import SEVERITIES, Complaint, Cues, Sentiment, Severity
from monitor.core.held import Held
from monitor.core.machine import Place
from monitor.core.message import Channel, Direction
from monitor.core.partition import Partition
from monitor.core.plan import Failure
from monitor.core.policy import Policy
from monitor.core.scored import Erasure, KeyedEvent, Link, Origin, Scored, Tick

START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
CUSTOMERS: Final = ("c-ada", "c-bo", "c-çem")
CHANNELS: Final[tuple[Channel, ...]] = ("social", "support", "review")
UNBOUNDED: Final = 2**62
SCORED_LOG: Final = Place("monitor.scored.v1")

Events = list[tuple[int, KeyedEvent | Tick]]


def make_tick(hours: float) -> Tick:
    """Make a tick so many hours after the start."""
    return Tick(at=START + timedelta(hours=hours))


def make_scored(
    origin: Origin,
    customer: str,
    hours: float,
    *,
    message_id: str | None = None,
    channel: Channel = "social",
    direction: Direction = "inbound",
    probability: float = 0.0,
    severity: Severity = "accusation",
    compound: float = 0.0,
    arousal: float = 0.0,
    followers: int | None = None,
) -> Scored:
    """Make a scored message; a probability above a half makes it a complaint."""
    at = START + timedelta(hours=hours)
    return Scored(
        id=message_id or f"{origin.partition}-{origin.offset}",
        customer=customer,
        channel=channel,
        at=at,
        received_at=at,
        origin=origin,
        direction=direction,
        followers=followers,
        sentiment=Sentiment(0.2, 0.6, 0.2, compound),
        complaint=Complaint(
            probability=probability,
            is_complaint=direction == "inbound" and probability > 0.5,
            category="delivery",
            severity=severity,
        ),
        cues=Cues(arousal=arousal),
        excerpt="Late again.",
    )


def complain(offset: int, customer: str, hours: float) -> Scored:
    """Make a plain complaint from that offset of one source partition."""
    return make_scored(Origin("posts", 0, offset), customer, hours, probability=0.95)


def work_off(
    partition: Partition[Held, KeyedEvent],
    events: Events,
    policy: Policy,
    bounds: Iterable[int] = repeat(UNBOUNDED),
) -> tuple[list[Alert], list[Failure]]:
    """Plan and apply until all events are done, as the worker does, each plan with the next byte bound."""
    alerts: list[Alert] = []
    failures: list[Failure] = []
    bound = iter(bounds)
    done = 0
    while done < len(events):
        plan = partition.plan(events[done:], policy, next(bound))
        assert plan.records or plan.states, "a plan that does nothing would be made for ever"
        partition.apply(plan)
        alerts += plan.alerts
        failures += plan.failures
        done += plan.records
    return alerts, failures


@st.composite
def scored_logs(draw: st.DrawFn, max_size: int = 25) -> Events:
    """Draw one partition of the scored log: gaps in its offsets, two source partitions, late messages, ticks.

    Now and then customers are linked, unlinked and erased.
    """
    events: Events = []
    clock = 0.0
    offset = 0
    sources = [0, 0]
    identities = 0
    for _ in range(draw(st.integers(1, max_size))):
        clock += draw(st.sampled_from((0.0, 0.1, 1.0, 5.0, 30.0, 400.0)))
        offset += draw(st.integers(1, 2))
        if draw(st.integers(0, 3)) == 0:
            events.append((offset, make_tick(clock)))
            continue
        if draw(st.integers(0, 7)) == 0:
            identities += 1
            events.append((offset, draw(_identity_events(Origin("identities", 0, identities), clock))))
            continue
        source = draw(st.integers(0, 1))
        sources[source] += draw(st.integers(1, 3))
        events.append((offset, draw(_messages(Origin("posts", source, sources[source]), clock))))
    return events


@st.composite
def _identity_events(draw: st.DrawFn, origin: Origin, clock: float) -> Link | Erasure:
    name, at = draw(st.sampled_from(CUSTOMERS)), START + timedelta(hours=clock)
    if draw(st.booleans()):
        return Erasure(customer=name, at=at, origin=origin)
    canonical = draw(st.sampled_from((None, *CUSTOMERS)))
    return Link(customer=name, canonical=canonical, at=at, origin=origin)


@st.composite
def _messages(draw: st.DrawFn, origin: Origin, clock: float) -> Scored:
    return make_scored(
        origin,
        draw(st.sampled_from(CUSTOMERS)),
        clock - draw(st.sampled_from((0.0, 0.0, 2.0, 60.0))),
        # Now and then a producer sends a message twice.
        message_id=draw(st.sampled_from((None, None, None, "m-1", "m-2"))),
        channel=draw(st.sampled_from(CHANNELS)),
        direction=draw(st.sampled_from(("inbound", "inbound", "inbound", "outbound"))),
        probability=draw(st.sampled_from((0.1, 0.7, 0.9, 0.99))),
        severity=draw(st.sampled_from(SEVERITIES)),
        compound=draw(st.sampled_from((-0.8, 0.0, 0.6))),
        arousal=draw(st.sampled_from((0.0, 1.0))),
        followers=draw(st.sampled_from((None, 5_000))),
    )


def list_bounds() -> st.SearchStrategy[Iterator[int]]:
    """Draw a byte bound for each plan; they repeat without end, and the tightest holds one journey."""
    drawn = st.lists(st.sampled_from((0, 1, 200, 700, 3_000, UNBOUNDED)), min_size=1, max_size=8)
    return drawn.map(cycle)
