"""source_blind: a source that is silent, late, cannot be read, or speaks languages that nobody understands here.

Each beyond what is usual for this very source. Counts come from the offsets of its partitions, which are dense.
"""

from math import ceil
from typing import Final, NamedTuple

import msgspec

from monitor.core.alert import Alert, AlertSeverity, AlertState, Crowd, moment
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.crowd.clockwork import run, tell
from monitor.core.crowd.episode import Episode, Finding, Scope, open_episode
from monitor.core.crowd.gaps import Gaps
from monitor.core.policy import Policy
from monitor.core.presence import MINUTE_SECONDS
from monitor.core.scored import Origin, Tick
from monitor.core.trend import Trend

#: The language gate's reason; everything else is a record that could not be read.
_LANGUAGE: Final = "unsupported_language"
#: How much of what was usual is kept with each hour that ends: four days.
_FADE: Final = 1 - 1 / 96


class Reading(msgspec.Struct, array_like=True):
    """One partition: the minute last seen and the first offset in it, and the offset with which the hour began."""

    minute: int
    offset: int
    began: int


class Hour(msgspec.Struct, array_like=True):
    """What one hour brought."""

    unread: int = 0
    foreign: int = 0
    records: int = 0
    lag_seconds: int = 0
    lags: int = 0


class Usual(msgspec.Struct, array_like=True):
    """What the hours before brought, fading."""

    records: float = 0.0
    unread: float = 0.0
    foreign: float = 0.0
    lag_seconds: float = 0.0
    lags: float = 0.0


class Blindness(NamedTuple):
    """One way of being blind: how many times the usual, from how many on it is told, and in words."""

    name: str
    observed: float
    threshold: float
    headline: str


class SourceWatch(msgspec.Struct, array_like=True, kw_only=True, tag="source_blind"):
    """What is kept of one source."""

    scope: Scope
    wake_at: float | None = None
    waiting: list[Trend] = []
    gaps: Gaps
    last_origin: Origin
    partitions: dict[str, Reading] = {}
    hour: int
    current: Hour = msgspec.field(default_factory=Hour)
    before: Hour = msgspec.field(default_factory=Hour)
    usual: Usual = msgspec.field(default_factory=Usual)
    episode: Episode | None = None
    #: What the open alert is about.
    told: str = ""

    @property
    def is_over(self) -> bool:
        """A source stays what it is."""
        return False


def begin_source(scope: Scope, trend: Trend) -> SourceWatch:
    """Begin to watch a source with its first record."""
    at = trend.at.timestamp()
    hour = int(at // HOUR_SECONDS)
    return SourceWatch(scope=scope, gaps=Gaps(last_at=at), last_origin=trend.origin, hour=hour)


def move_source(state: SourceWatch, event: Trend | Tick, policy: Policy) -> list[Alert]:
    """Move it by one event."""
    return run(state, event, policy, _count, _look)


def _count(state: SourceWatch, trend: Trend, _policy: Policy) -> None:
    at = trend.at.timestamp()
    _end_hours(state, at)
    if trend.what == "rejected":
        if str(trend.reason) == _LANGUAGE:
            state.current.foreign += 1
        else:
            state.current.unread += 1
    _read(state, trend, at)
    if trend.what == "seen":
        if at > state.gaps.last_at:
            state.last_origin = trend.origin
        state.gaps.hear(at)


def _read(state: SourceWatch, trend: Trend, at: float) -> None:
    """Take the first offset of a minute; whoever tells a later one of the same minute has forgotten that he told."""
    minute, offset = int(at // MINUTE_SECONDS), trend.origin.offset
    known = state.partitions.get(trend.source)
    if known is None:
        state.partitions[trend.source] = Reading(minute, offset, offset)
    elif minute > known.minute:
        known.minute, known.offset = minute, max(offset, known.offset)
    else:
        return
    if trend.what == "seen":
        state.current.lag_seconds += max(round(trend.lag_seconds), 0)
        state.current.lags += 1


def _look(state: SourceWatch, at_seconds: float, policy: Policy) -> tuple[list[Alert], float | None]:
    _end_hours(state, at_seconds)
    alerts: list[Alert] = []
    now = _find_blindness(state, at_seconds, policy)
    if state.episode is not None and (now is None or now.name != state.told):
        alerts.append(_tell(state, ("resolved", "the source is heard again"), now, at_seconds, policy))
    if now is not None and state.episode is None:
        origin = state.last_origin
        state.episode, state.told = open_episode("source_blind", state.scope, origin, at_seconds), now.name
        alerts.append(_tell(state, ("firing", now.name), now, at_seconds, policy))
    return alerts, _find_next(state, at_seconds, policy)


def restate_source(
    state: SourceWatch, alert_state: AlertState, cause: str, at_seconds: float, policy: Policy
) -> Alert:
    """Write a further state of the open alert, for a reason that no trend gives."""
    return _tell(state, (alert_state, cause), _find_blindness(state, at_seconds, policy), at_seconds, policy)


def _end_hours(state: SourceWatch, at_seconds: float) -> None:
    while (state.hour + 1) * HOUR_SECONDS <= at_seconds:
        _end_hour(state)


def _end_hour(state: SourceWatch) -> None:
    current, usual = state.current, state.usual
    for reading in state.partitions.values():
        current.records += reading.offset - reading.began
        reading.began = reading.offset
    if state.episode is None:
        usual.records = usual.records * _FADE + current.records
        usual.unread = usual.unread * _FADE + current.unread
        usual.foreign = usual.foreign * _FADE + current.foreign
        usual.lag_seconds = usual.lag_seconds * _FADE + current.lag_seconds
        usual.lags = usual.lags * _FADE + current.lags
    state.before, state.current, state.hour = current, Hour(), state.hour + 1


def _find_next(state: SourceWatch, at_seconds: float, policy: Policy) -> float:
    bounds = policy.source_blind
    moments = [(state.hour + 1) * HOUR_SECONDS]
    silent_at = state.gaps.find_silent_at(
        bounds.silent_multiple, bounds.silent_hours_at_least, bounds.learn_for_days
    )
    if silent_at is not None and silent_at > at_seconds:
        moments.append(ceil(silent_at))
    return float(max(min(moments), at_seconds + 1))


def _find_blindness(state: SourceWatch, at_seconds: float, policy: Policy) -> Blindness | None:
    """Find how the source is blind now, the worst way first."""
    return (
        _find_silence(state, at_seconds, policy) or _find_rejection(state, policy) or _find_lag(state, policy)
    )


def _find_silence(state: SourceWatch, at_seconds: float, policy: Policy) -> Blindness | None:
    bounds, gaps = policy.source_blind, state.gaps
    silent_at = gaps.find_silent_at(
        bounds.silent_multiple, bounds.silent_hours_at_least, bounds.learn_for_days
    )
    if silent_at is None or at_seconds < silent_at:
        return None
    usual = max(gaps.usual, MINUTE_SECONDS)
    hours = (at_seconds - gaps.last_at) / HOUR_SECONDS
    return Blindness(
        "silent",
        (at_seconds - gaps.last_at) / usual,
        (silent_at - gaps.last_at) / usual,
        f"has sent nothing that can be read for {hours:.1f} h; {usual / HOUR_SECONDS:.1f} h are usual",
    )


def _find_rejection(state: SourceWatch, policy: Policy) -> Blindness | None:
    """Compare what was rejected in the last hour or two with what is usual for this source."""
    bounds, usual = policy.source_blind, state.usual
    records = state.current.records + state.before.records + _count_records(state)
    for name, count, before, words in (
        ("unread", state.current.unread + state.before.unread, usual.unread, "cannot be read"),
        (
            "foreign",
            state.current.foreign + state.before.foreign,
            usual.foreign,
            "are in languages that are not supported",
        ),
    ):
        share = count / max(records, count, 1)
        normal = max(before / max(usual.records, 1.0), bounds.rejected_share_floor)
        if count >= bounds.rejected_at_least and share >= bounds.rejected_multiple * normal:
            return Blindness(
                name, share / normal, bounds.rejected_multiple, f"sends records of which {share:.0%} {words}"
            )
    return None


def _find_lag(state: SourceWatch, policy: Policy) -> Blindness | None:
    """Compare how late records arrive with what is usual; a clock that is an hour behind looks like that, too."""
    bounds, usual = policy.source_blind, state.usual
    lags = state.current.lags + state.before.lags
    if lags < bounds.lags_at_least:
        return None
    lag = (state.current.lag_seconds + state.before.lag_seconds) / lags
    normal = max(usual.lag_seconds / max(usual.lags, 1.0), bounds.late_minutes_floor * MINUTE_SECONDS)
    if usual.lags < bounds.lags_at_least or lag < bounds.late_multiple * normal:
        return None
    return Blindness(
        "late",
        lag / normal,
        bounds.late_multiple,
        f"is {lag / MINUTE_SECONDS:.0f} minutes late, or its clock is; {normal / MINUTE_SECONDS:.0f} are usual",
    )


def _count_records(state: SourceWatch) -> int:
    return sum(reading.offset - reading.began for reading in state.partitions.values())


def _tell(
    state: SourceWatch,
    told: tuple[AlertState, str],
    blindness: Blindness | None,
    at_seconds: float,
    policy: Policy,
) -> Alert:
    alert_state, cause = told
    source = state.scope.subject.partition("|")[2]
    severity: AlertSeverity = "critical" if state.told == "silent" else "warning"
    finding = Finding(
        severity=severity,
        headline=f"source {source} {blindness.headline}" if blindness and alert_state == "firing" else cause,
        cause=cause,
        observed=blindness.observed if blindness else 1.0,
        threshold=blindness.threshold if blindness else 0.0,
        respond_within_hours=policy.source_blind.respond_within_hours,
        crowd=Crowd(
            since=moment(min(state.gaps.last_at, at_seconds)), messages=0, customers=0, usual=0.0, growth=0.0
        ),
    )
    return tell(state, alert_state, finding, at_seconds, policy)
