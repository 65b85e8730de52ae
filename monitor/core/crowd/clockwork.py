"""How watches move that decide by the clock: trends wait until a tick has passed their minute, and go in order.

So a tick that comes early or late, or trends that run ahead of it, change nothing.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, Protocol, TypeVar

import msgspec

from monitor.core.alert import Alert, AlertState
from monitor.core.crowd.episode import Episode, Finding, Scope, write_alert
from monitor.core.policy import Policy
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.scored import Tick
from monitor.core.trend import Trend

#: Where no tick comes, as in a backlog, more do not wait.
_WAITING_MAX: Final = 256

#: Compared thousands of times in a second: in C, and the moments as they are.
_rank: Final[Callable[[Trend], tuple[datetime, str, int, int, int]]] = attrgetter(
    "at", "origin.topic", "origin.partition", "origin.offset", "number"
)


class Watch(Protocol):
    """State with a clock, which may have an alert open."""

    scope: Scope
    wake_at: float | None
    waiting: list[Trend]
    episode: Episode | None


Watching = TypeVar("Watching", bound=Watch)
Count = Callable[[Watching, Trend, Policy], None]
#: Looks at the state as of a moment, tells what has changed, and says when to look again.
Look = Callable[[Watching, float, Policy], tuple[list[Alert], float | None]]


def run(
    state: Watching, event: Trend | Tick, policy: Policy, count: Count[Watching], look: Look[Watching]
) -> list[Alert]:
    """Let a trend wait, or look at every moment that a tick has passed, with what was said before it."""
    if isinstance(event, Trend):
        waiting = state.waiting
        if waiting and _rank(event) < _rank(waiting[-1]):
            insort(waiting, event, key=_rank)
        else:
            waiting.append(event)
        if len(waiting) > _WAITING_MAX:
            count(state, waiting.pop(0), policy)
        state.wake_at = _find_first(state.wake_at, _end_of_minute(waiting[0]))
        return []
    alerts: list[Alert] = []
    while state.wake_at is not None and state.wake_at <= event.at.timestamp():
        at_seconds = state.wake_at
        while state.waiting and state.waiting[0].at.timestamp() < at_seconds:
            count(state, state.waiting.pop(0), policy)
        told, again_at = look(state, at_seconds, policy)
        alerts += told
        waiting_until = _end_of_minute(state.waiting[0]) if state.waiting else None
        state.wake_at = _find_first(again_at, waiting_until)
    return alerts


def _end_of_minute(trend: Trend) -> float:
    return (trend.at.timestamp() // MINUTE_SECONDS + 1) * MINUTE_SECONDS


def _find_first(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def forget_waiting(waiting: Sequence[Trend], customer: str) -> list[Trend]:
    """Leave of the trends of one customer that somebody spoke, and not who or what."""
    return [
        msgspec.structs.replace(trend, customer=None, excerpt="", fingerprint=0)
        if trend.customer == customer
        else trend
        for trend in waiting
    ]


def tell(state: Watch, alert_state: AlertState, finding: Finding, at_seconds: float, policy: Policy) -> Alert:
    """Write one state of the alert that is open; what is resolved is open no longer."""
    episode = state.episode
    if episode is None:
        raise ValueError("no alert is open")
    episode.told = float(finding.crowd.customers)
    if alert_state == "resolved":
        state.episode = None
    return write_alert(alert_state, state.scope, episode, finding, at_seconds=at_seconds, policy=policy)
