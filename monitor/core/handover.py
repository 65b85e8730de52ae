"""Under one name: a journey, or where it has gone; and what a link, a transfer or an erasure makes of it.

A link hands the journey that was kept under a name to the customer whom the name stands for, and leaves a forwarding
behind for what still arrives under it. What is handed on travels through the scored log, keyed by its new customer:
at most one record for each record taken, so that the order of its origins tells a repeat, as with every source.
Names that are linked in a circle are one customer all the same: the smallest of them.
"""

from collections.abc import Sequence

import msgspec

from monitor.core.alert import Alert
from monitor.core.business_hours import DAY_SECONDS
from monitor.core.course import begin, move, pass_time
from monitor.core.held import Forwarding, Grave, Held, Turn
from monitor.core.journey import Journey
from monitor.core.journey_moves import advance
from monitor.core.merge import is_news, merge
from monitor.core.packing import pack, unpack
from monitor.core.policy import Policy
from monitor.core.review import close, find_wake_at, review
from monitor.core.scored import (
    CustomerEvent,
    Erasure,
    Forward,
    Judgement,
    Link,
    LogEvent,
    Origin,
    Scored,
    Tick,
    Transfer,
)


def take(kept: Held | None, event: LogEvent, here: Origin, policy: Policy) -> Turn:
    """Take one event of the log, which stands `here`, into what is kept under its name; a journey moves in place."""
    # Nearly all of them: and what a struct is not takes Python longer to find out than what it is.
    if isinstance(event, Scored) and (kept is None or (isinstance(kept, Journey) and kept.erased_at is None)):
        return _follow(kept, event, policy)
    if isinstance(event, Tick):
        return _pass_time(kept, event, policy)
    if isinstance(event, Link):
        return _link(kept, event, here, policy)
    if isinstance(event, Erasure):
        return _erase(kept, event, policy)
    return _arrive(kept, event, here, policy)


def _arrive(
    kept: Held | None, event: CustomerEvent | Transfer | Forward, here: Origin, policy: Policy
) -> Turn:
    """Drop what has been erased, hand on what belongs to another name, and take the rest."""
    if kept is not None and kept.erased_at is not None and is_erased(kept.erased_at, event):
        return Turn(kept, removed=_list_judged(event))
    if isinstance(kept, Forwarding):
        if not _closes_circle(kept, event):
            return Turn(kept, handed=_hand_on(kept, event, here))
        kept = _let_go(kept, policy)
    if isinstance(event, Transfer):
        return _join(kept, event, policy)
    if isinstance(event, Forward):
        event = msgspec.structs.replace(event.event, customer=event.customer)
    return _follow(kept, event, policy)


def is_erased(erased_at: float, event: CustomerEvent | Transfer | Forward) -> bool:
    """Tell whether the event brings something back that has been erased."""
    said = event.event if isinstance(event, Forward) else event
    return said.at.timestamp() <= erased_at


def _follow(kept: Journey | Grave | None, event: CustomerEvent, policy: Policy) -> Turn:
    if kept is not None and isinstance(kept, Journey):
        messages = kept.messages
        alerts = move(kept, event, policy)
        return Turn(kept, alerts, heard=event if kept.messages > messages else None)
    journey, alerts = begin(event, policy)
    if journey is None:
        return Turn(kept, removed=_list_judged(event) if kept else ())
    journey.erased_at = kept.erased_at if kept else None
    return Turn(journey, alerts, heard=event)


def _pass_time(kept: Held | None, tick: Tick, policy: Policy) -> Turn:
    if isinstance(kept, Journey):
        return Turn(kept, move(kept, tick, policy))
    if isinstance(kept, Grave) and tick.at.timestamp() >= kept.wake_at:
        return Turn(None)
    return Turn(kept)


def _link(kept: Held | None, link: Link, here: Origin, policy: Policy) -> Turn:
    canonical = link.canonical
    if canonical is None or canonical == link.customer:
        return Turn(_let_go(kept, policy) if isinstance(kept, Forwarding) else kept)
    if isinstance(kept, Forwarding) and kept.canonical == canonical:
        return Turn(kept)
    alerts: Sequence[Alert] = ()
    journey = None
    if isinstance(kept, Journey):
        alerts = close(kept, "merged", policy, merged_into=canonical)
        journey = pack(msgspec.structs.replace(kept, open_alerts={}, wake_at=None, erased_at=None))
    # Also where nothing was kept: it is what finds a circle of names.
    handed = Transfer(
        customer=canonical,
        path=(link.customer,),
        at=link.at,
        origin=here,
        journey=journey,
        traceparent=link.traceparent,
    )
    return Turn(Forwarding(canonical, kept.erased_at if kept else None), alerts, handed)


def _hand_on(kept: Forwarding, event: CustomerEvent | Transfer | Forward, here: Origin) -> Transfer | Forward:
    if isinstance(event, Transfer | Forward):
        return msgspec.structs.replace(
            event, customer=kept.canonical, path=(*event.path, event.customer), origin=here
        )
    return Forward(
        customer=kept.canonical,
        path=(event.customer,),
        at=event.at,
        origin=here,
        event=event,
        traceparent=event.traceparent,
    )


def _closes_circle(kept: Forwarding, event: CustomerEvent | Transfer | Forward) -> bool:
    """Tell whether it has come round to the smallest name of a circle."""
    if not isinstance(event, Transfer | Forward) or kept.canonical not in event.path:
        return False
    circle = (*event.path[event.path.index(kept.canonical) :], event.customer)
    return event.customer == min(circle)


def _let_go(kept: Forwarding, policy: Policy) -> Grave | None:
    return None if kept.erased_at is None else _bury(kept.erased_at, policy)


def _join(kept: Journey | Grave | None, transfer: Transfer, policy: Policy) -> Turn:
    """Take a journey over, as if what it tells had been said under this name from the start."""
    if transfer.journey is None:
        return Turn(kept)
    other = unpack(transfer.customer, transfer.journey)
    if not isinstance(other, Journey):
        return Turn(kept)
    alerts: list[Alert] = []
    if isinstance(kept, Journey):
        clock = max(kept.clock, other.clock)
        alerts += pass_time(kept, clock, policy)
        advance(other, clock, policy.journey)
        joined = merge(kept, other, policy.journey)
    else:
        joined = msgspec.structs.replace(
            other, customer=transfer.customer, erased_at=kept.erased_at if kept else None
        )
    case = joined.case
    if not is_news(joined):
        joined.case = None
    if case is not None:
        alerts += review(joined, case, "joined", None, policy)
    joined.wake_at = find_wake_at(joined, policy)
    return Turn(joined, alerts)


def _erase(kept: Held | None, erasure: Erasure, policy: Policy) -> Turn:
    alerts = close(kept, "erased", policy) if isinstance(kept, Journey) else ()
    before = kept.erased_at if kept and kept.erased_at is not None else 0.0
    removed = kept.told if isinstance(kept, Journey) else ()
    return Turn(_bury(max(before, erasure.at.timestamp()), policy), alerts, removed=removed)


def _list_judged(event: CustomerEvent | Transfer | Forward) -> tuple[str, ...]:
    """List the alert that somebody speaks of after it has been taken back."""
    said = event.event if isinstance(event, Forward) else event
    return (said.alert,) if isinstance(said, Judgement) else ()


def _bury(erased_at: float, policy: Policy) -> Grave:
    return Grave(erased_at, wake_at=erased_at + policy.identity.erased_days * DAY_SECONDS)
