"""stage_neglected: a touchpoint where several customers complain and the brand answers none, or that went silent."""

from bisect import bisect_left, insort
from typing import Final, NamedTuple

import msgspec

from monitor.core.alert import Alert, AlertSeverity, AlertState, Crowd, moment
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.crowd.clockwork import forget_waiting, run, tell
from monitor.core.crowd.episode import Episode, Finding, Quote, Scope, choose_samples, open_episode
from monitor.core.crowd.gaps import Gaps
from monitor.core.crowd.minute import hash_customer
from monitor.core.listeners import add_listeners
from monitor.core.policy import Policy
from monitor.core.scored import Origin, Tick
from monitor.core.trend import Trend

_TEXTS_MAX: Final = 8
_CUSTOMERS_MAX: Final = 64
_MILLI: Final = 1000


class Neglect(NamedTuple):
    """What is wrong: since when, for how long it may be, and the record that it began with."""

    name: str
    since: float
    allowed_seconds: float
    origin: Origin


class Waiting(msgspec.Struct, array_like=True, frozen=True):
    """The first complaint of one customer whom nobody has answered."""

    since: float
    who: int
    origin: Origin
    listeners_milli: int
    text: str


class StageWatch(msgspec.Struct, array_like=True, kw_only=True, tag="stage_neglected"):
    """What is kept of one touchpoint: the complaints since the brand was last there, and how silent it usually is."""

    scope: Scope
    wake_at: float | None = None
    waiting: list[Trend] = []
    gaps: Gaps
    last_origin: Origin
    #: Who complained since the brand's last contact, the first first.
    unanswered: list[Waiting] = []
    complaints: int = 0
    answered_at: float = 0.0
    episode: Episode | None = None
    #: What the open alert is about.
    told: str = ""

    @property
    def is_over(self) -> bool:
        """A touchpoint stays what it is."""
        return False


def begin_stage(scope: Scope, trend: Trend) -> StageWatch:
    """Begin to watch a touchpoint with its first trend."""
    at = trend.at.timestamp()
    return StageWatch(scope=scope, gaps=Gaps(last_at=at), last_origin=trend.origin)


def move_stage_watch(state: StageWatch, event: Trend | Tick, policy: Policy) -> list[Alert]:
    """Move it by one event."""
    return run(state, event, policy, _count, _look)


def _count(state: StageWatch, trend: Trend, _policy: Policy) -> None:
    at = trend.at.timestamp()
    if trend.what == "contact":
        state.answered_at = max(state.answered_at, at)
        state.unanswered = [one for one in state.unanswered if one.since > state.answered_at]
        state.complaints = len(state.unanswered)
        return
    if at > state.gaps.last_at:
        state.last_origin = trend.origin
    state.gaps.hear(at)
    if trend.what == "complaint" and at > state.answered_at:
        _wait(state, trend, at)


def _wait(state: StageWatch, trend: Trend, at: float) -> None:
    """Let a customer wait, since their first complaint."""
    state.complaints += 1
    who = hash_customer(trend.customer or "")
    said = Waiting(at, who, trend.origin, round(trend.listeners * _MILLI), trend.excerpt)
    waiting = state.unanswered
    if len(waiting) >= _CUSTOMERS_MAX and _rank(said) >= _rank(waiting[-1]):
        return
    for place, one in enumerate(waiting):
        if one.who == who:
            if one.since <= at:
                return
            del waiting[place]
            break
    insort(waiting, said, key=_rank)
    del waiting[_CUSTOMERS_MAX:]
    # Who comes behind the first few keeps no text; of those who were there, one at most has been moved there.
    for place in {bisect_left(waiting, _rank(said), key=_rank), _TEXTS_MAX}:
        if _TEXTS_MAX <= place < len(waiting) and waiting[place].text:
            waiting[place] = msgspec.structs.replace(waiting[place], text="")


def _rank(waiting: Waiting) -> tuple[float, int]:
    return waiting.since, waiting.who


def _look(state: StageWatch, at_seconds: float, policy: Policy) -> tuple[list[Alert], float | None]:
    alerts: list[Alert] = []
    neglects = _list_neglects(state, policy)
    now = next(
        (neglect for neglect in neglects if neglect.since + neglect.allowed_seconds <= at_seconds), None
    )
    if state.episode is not None and (now is None or now.name != state.told):
        over = "the brand has been there" if state.told == "unanswered" else "customers are heard again"
        alerts.append(_tell(state, ("resolved", over), now, at_seconds, policy))
    if now is not None and state.episode is None:
        state.episode, state.told = (
            open_episode("stage_neglected", state.scope, now.origin, at_seconds),
            now.name,
        )
        alerts.append(_tell(state, ("firing", now.name), now, at_seconds, policy))
    elif now is not None and state.episode is not None and _judge(state, policy) != state.episode.severity:
        alerts.append(_tell(state, ("updated", "more customers wait"), now, at_seconds, policy))
    later = [
        one.since + one.allowed_seconds for one in neglects if one.since + one.allowed_seconds > at_seconds
    ]
    return alerts, min(later, default=None)


def restate_stage(
    state: StageWatch, alert_state: AlertState, cause: str, at_seconds: float, policy: Policy
) -> Alert:
    """Write a further state of the open alert, for a reason that no trend gives."""
    neglects = _list_neglects(state, policy)
    known = next((neglect for neglect in neglects if neglect.name == state.told), None)
    return _tell(state, (alert_state, cause), known, at_seconds, policy)


def forget_in_stage(state: StageWatch, customer: str) -> None:
    """Forget one customer; that somebody waits stays."""
    who = hash_customer(customer)
    state.waiting = forget_waiting(state.waiting, customer)
    state.unanswered = [
        msgspec.structs.replace(one, who=0, text="") if one.who == who else one for one in state.unanswered
    ]


def _list_neglects(state: StageWatch, policy: Policy) -> list[Neglect]:
    """List what is wrong or will be, when nothing more happens; the worst first."""
    bounds, found = policy.stage_neglected, []
    if len(state.unanswered) >= bounds.customers_at_least:
        first = state.unanswered[0]
        found.append(Neglect("unanswered", first.since, bounds.unanswered_hours * HOUR_SECONDS, first.origin))
    silent_at = state.gaps.find_silent_at(
        bounds.silent_multiple, bounds.silent_hours_at_least, bounds.learn_for_days
    )
    if silent_at is not None:
        last_at = state.gaps.last_at
        found.append(Neglect("silent", last_at, silent_at - last_at, state.last_origin))
    return found


def _judge(state: StageWatch, policy: Policy) -> AlertSeverity:
    known = state.episode is not None and state.episode.severity == "critical"
    return (
        "critical"
        if known or len(state.unanswered) >= policy.stage_neglected.critical_at_customers
        else "warning"
    )


def _tell(
    state: StageWatch,
    told: tuple[AlertState, str],
    neglect: Neglect | None,
    at_seconds: float,
    policy: Policy,
) -> Alert:
    alert_state, cause = told
    customers = len(state.unanswered)
    listeners_milli = sum(one.listeners_milli for one in state.unanswered)
    since = neglect.since if neglect else at_seconds
    allowed = neglect.allowed_seconds if neglect else 0.0
    place = state.scope.touchpoint or state.scope.stage or "no touchpoint that is named"
    hours = (at_seconds - since) / HOUR_SECONDS
    firing = (
        f"{customers} customers complain about {place}, and the brand has not been there for {hours:.0f} h"
        if state.told == "unanswered"
        else f"Nobody has been heard at {place} for {hours:.0f} h; {state.gaps.usual / HOUR_SECONDS:.0f} h are usual"
    )
    finding = Finding(
        severity=_judge(state, policy),
        headline=cause if alert_state == "resolved" else firing,
        cause=cause,
        observed=hours,
        threshold=allowed / HOUR_SECONDS,
        respond_within_hours=policy.stage_neglected.respond_within_hours,
        listeners=add_listeners(listeners_milli / _MILLI, customers, policy.listeners),
        crowd=Crowd(
            since=moment(since),
            messages=state.complaints,
            customers=customers,
            usual=0.0,
            growth=0.0,
        ),
        quotes=choose_samples([Quote(one.text, one.who) for one in state.unanswered if one.text], ()),
    )
    return tell(state, alert_state, finding, at_seconds, policy)
