"""surge: more customers complain about one brand, product, category and stage than is usual at this hour.

A minute is decided when it is closed. Silence is taken up to such minutes, and while an alert is open up to checks that
lie on the clock: the same log gives the same result, however often somebody looks.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from monitor.core.alert import Alert, AlertSeverity, AlertState, Crowd, moment
from monitor.core.crowd.bounds import Campaign
from monitor.core.crowd.causes import Causes
from monitor.core.crowd.episode import (
    Episode,
    Finding,
    Quote,
    Scope,
    choose_samples,
    find_commonest,
    open_episode,
    write_alert,
)
from monitor.core.crowd.minute import Minute, find_minute, find_place
from monitor.core.crowd.people import People
from monitor.core.crowd.rhythm import HOUR_MINUTES
from monitor.core.crowd.series import Series, begin_series, find_check
from monitor.core.finding import Severity
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_topic
from monitor.core.listeners import add_listeners
from monitor.core.message import Channel
from monitor.core.policy import Policy
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.scored import Origin, Tick
from monitor.core.trend import Trend

#: Texts that are kept to say what it is about.
_RECENT_MAX: Final = 24
#: Of the rarest subjects not even one complaint is usual; beyond this a multiple says nothing.
_USUAL_MIN: Final = 0.1
_TIMES_MAX: Final = 20


class Said(msgspec.Struct, array_like=True, frozen=True):
    """What one of the customers who count said, and where."""

    minute: int
    text: str
    channel: Channel | None
    severity: Severity | None
    who: int = 0


class Tally(msgspec.Struct, array_like=True):
    """What has come since the rise began: messages, customers, and thousandths of their expected listeners."""

    messages: int = 0
    customers: float = 0.0
    listeners_milli: float = 0.0


class Surging(msgspec.Struct, array_like=True, kw_only=True, tag="surge"):
    """What is kept of one subject."""

    scope: Scope
    wake_at: float | None = None
    series: Series
    open: list[Minute] = []
    people: People = msgspec.field(default_factory=People)
    causes: Causes = msgspec.field(default_factory=Causes)
    recent: list[Said] = []
    tally: Tally = msgspec.field(default_factory=Tally)
    episode: Episode | None = None
    #: How many would have been enough to fire, and the evidence that it is over.
    enough: float = 0.0
    calm: float = 0.0

    @property
    def is_over(self) -> bool:
        """A subject stays what it is: what is usual for it is not forgotten."""
        return False


def begin_surging(scope: Scope, trend: Trend, policy: Policy) -> Surging:
    """Begin to watch a subject with its first trend."""
    return Surging(scope=scope, series=begin_series(find_minute(trend), policy.surge))


def move_surging(state: Surging, event: Trend | Tick, policy: Policy) -> list[Alert]:
    """Move it by one event: a tick closes the minutes before it, a trend those long before it."""
    minute = int(event.at.timestamp() // MINUTE_SECONDS)
    if isinstance(event, Tick):
        alerts = _close_until(state, minute, policy)
    else:
        alerts = _close_until(state, minute - policy.surge.open_minutes, policy)
        _take(state, event, minute, policy)
    state.wake_at = _find_wake_at(state)
    return alerts


def _take(state: Surging, trend: Trend, minute: int, policy: Policy) -> None:
    """Put a trend into its minute, or, late, into the first that is still open."""
    if state.series.done - minute > policy.surge.late_hours * HOUR_MINUTES:
        return
    minute = max(minute, state.series.done)
    place = len(state.open)
    while place and state.open[place - 1].minute > minute:
        place -= 1
    if not place or state.open[place - 1].minute < minute:
        state.open.insert(place, Minute(minute))
        place += 1
    state.open[place - 1].take(trend)


def _find_wake_at(state: Surging) -> float | None:
    if state.open:
        return (state.open[0].minute + 1) * MINUTE_SECONDS
    if state.episode is not None:
        return find_check(state.series) * MINUTE_SECONDS
    return None


def _close_until(state: Surging, end: int, policy: Policy) -> list[Alert]:
    """Decide every minute before `end` that anything depends on."""
    alerts: list[Alert] = []
    campaigns = [campaign for campaign in policy.surge.campaigns if _applies(campaign, state.scope)]
    while True:
        check = find_check(state.series) if state.episode is not None else end + 1
        if state.open and state.open[0].minute < min(end, check):
            alerts += _close_minute(state, state.open.pop(0), campaigns, policy)
        elif check <= end:
            expected = state.series.pass_until(check, campaigns, policy.surge)
            state.calm = state.series.weigh_calm(state.calm, 0.0, expected, policy.surge)
            alerts += _review(state, policy)
        else:
            return alerts


def _close_minute(
    state: Surging, minute: Minute, campaigns: Sequence[Campaign], policy: Policy
) -> list[Alert]:
    series, people = state.series, state.people
    counted = [
        (who, voice)
        for who, voice in zip(minute.customers, minute.voices, strict=True)
        if people.counts(who, voice.fingerprint, minute.minute, policy.surge)
    ]
    voices = [voice for _, voice in counted]
    people.forget(policy.surge)
    customers = len(voices) * minute.scale()
    expected = series.pass_until(minute.minute, campaigns, policy.surge)
    if not series.expected and state.episode is None:
        state.tally = Tally()
    expected += series.take(customers, campaigns, policy.surge)
    tally = state.tally
    tally.messages += minute.messages
    tally.customers += customers
    tally.listeners_milli += minute.scale() * sum(voice.listeners_milli for voice in voices)
    said = [
        Said(minute.minute, voice.text, voice.channel, voice.severity, who)
        for who, voice in counted
        if voice.text
    ]
    state.recent = (state.recent + said)[-_RECENT_MAX:]
    if state.episode is not None:
        state.calm = series.weigh_calm(state.calm, customers, expected, policy.surge)
        return _review(state, policy)
    excess = series.find_excess(policy.surge) if voices else None
    if excess is None:
        state.causes.learn(entry.text for entry in said)
        return []
    first = min(voices, key=find_place)
    state.enough = tally.customers - excess.count + excess.enough
    return [_fire(state, tell_origin(first.origin), policy)]


def _fire(state: Surging, origin: Origin, policy: Policy) -> Alert:
    state.series.pause()
    state.calm = 0.0
    state.episode = open_episode("surge", state.scope, origin, state.series.done * MINUTE_SECONDS)
    return tell_surging(state, state.episode, "firing", "chance no longer explains it", policy)


def _review(state: Surging, policy: Policy) -> list[Alert]:
    """Look whether an open alert is over, has grown, or has become the new level."""
    episode, series, bounds = state.episode, state.series, policy.surge
    if episode is None:
        return []
    lasted_hours = series.done / HOUR_MINUTES - episode.opened_at / MINUTE_SECONDS / HOUR_MINUTES
    if state.calm >= bounds.evidence_of_end:
        return [_resolve(state, episode, "complaints are back to what is usual", policy)]
    if lasted_hours >= bounds.accept_after_hours:
        series.accept()
        return [_resolve(state, episode, "it has lasted so long that it is the new level", policy)]
    if (
        state.tally.customers >= episode.told * bounds.update_growth
        or _judge(state, policy) != episode.severity
    ):
        return [tell_surging(state, episode, "updated", "more customers complain", policy)]
    return []


def forget_in_surging(state: Surging, who: int) -> None:
    """Forget one customer; how many there were stays."""
    state.people.customers.drop(who)
    for minute in state.open:
        minute.forget(who)
    state.recent = [said for said in state.recent if said.who != who]


def _resolve(state: Surging, episode: Episode, cause: str, policy: Policy) -> Alert:
    alert = tell_surging(state, episode, "resolved", cause, policy)
    state.episode = None
    state.series.resume(policy.surge)
    state.tally = Tally()
    return alert


def _judge(state: Surging, policy: Policy) -> AlertSeverity:
    """Judge how bad it is; an open alert does not become less."""
    bounds, customers = policy.surge, state.tally.customers
    grown = customers >= bounds.critical_at_growth * state.series.expected
    known = state.episode is not None and state.episode.severity == "critical"
    return "critical" if known or (grown and customers >= bounds.critical_at_customers) else "warning"


def tell_surging(
    state: Surging, episode: Episode, alert_state: AlertState, cause: str, policy: Policy
) -> Alert:
    """Write a state of the open alert."""
    tally, series, scope = state.tally, state.series, state.scope
    window = [said for said in state.recent if said.minute >= series.since]
    phrases = state.causes.distinguish([said.text for said in window])
    growth = tally.customers / max(series.expected, _USUAL_MIN)
    about = name_topic(scope.category or "other", scope.product)
    quoted = f": {', '.join(phrases)}" if phrases else ""
    firing = f"{tally.customers:.0f} customers complain{about}, {_say_times(growth)} the usual{quoted}"
    finding = Finding(
        severity=_judge(state, policy),
        headline=cause if alert_state == "resolved" else firing,
        cause=cause,
        observed=tally.customers,
        threshold=state.enough,
        respond_within_hours=policy.surge.respond_within_hours,
        listeners=add_listeners(tally.listeners_milli / 1000, tally.customers, policy.listeners),
        complaint_severity=find_commonest(said.severity for said in window),
        channel=find_commonest(said.channel for said in window),
        crowd=Crowd(
            since=moment(series.since * MINUTE_SECONDS),
            messages=tally.messages,
            customers=round(tally.customers),
            usual=round(series.expected, 3),
            growth=round(growth, 3),
            phrases=phrases,
        ),
        quotes=choose_samples([Quote(said.text, said.who) for said in window], phrases),
    )
    episode.told = tally.customers
    at_seconds = series.done * MINUTE_SECONDS
    return write_alert(alert_state, scope, episode, finding, at_seconds=at_seconds, policy=policy)


def _say_times(growth: float) -> str:
    return f"{growth:.1f} times" if growth < _TIMES_MAX else f"more than {_TIMES_MAX} times"


def _applies(campaign: Campaign, scope: Scope) -> bool:
    """Tell whether a campaign is about this subject; what it leaves out, it is for all."""
    return all(
        named in {None, own}
        for named, own in (
            (campaign.brand, scope.brand),
            (campaign.product, scope.product),
            (campaign.category, scope.category),
            (campaign.stage, scope.stage),
        )
    )
