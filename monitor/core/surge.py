"""What a crowd does: `surge` moves the baseline of one subject by one event, and tells what rises above it.

    Trend          ──surge──> baseline' and alerts
    Tick           ──surge──> baseline' and alerts
    CrowdJudgement ──surge──> baseline' and the open alert closed, which people have judged
    Erasure        ──surge──> baseline' without the customer, and the open alert without their words

The same shape as `pipeline.follow`: `begin_surge` and `move_surge` are the halves that the live partition uses.
Trends of one minute may come in any order: a minute is decided when a tick or a much later minute closes it.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from typing import assert_never

import msgspec

from monitor.core.alert import Alert, AlertState
from monitor.core.crowd.brand_post_backlash import (
    PostWatch,
    begin_post,
    forget_in_post,
    move_post,
    tell_post,
)
from monitor.core.crowd.episode import Episode, find_scope
from monitor.core.crowd.minute import hash_customer
from monitor.core.crowd.source_blind import SourceWatch, begin_source, move_source, restate_source
from monitor.core.crowd.stage_neglected import (
    StageWatch,
    begin_stage,
    forget_in_stage,
    move_stage_watch,
    restate_stage,
)
from monitor.core.crowd.surge import (
    Surging,
    begin_surging,
    forget_in_surging,
    move_surging,
    tell_surging,
)
from monitor.core.policy import Policy
from monitor.core.scored import Erasure, Tick
from monitor.core.trend import CrowdJudgement, Trend, TrendEvent

#: What is kept of one subject; `wake_at` says when a clock in it runs out next, `is_over` that it may be forgotten.
Baseline = Surging | PostWatch | StageWatch | SourceWatch


def surge(
    baseline: Baseline | None, event: TrendEvent | Tick, policy: Policy
) -> tuple[Baseline | None, Sequence[Alert]]:
    """Move one subject's baseline by one event; the baseline that was given stays as it is."""
    if baseline is None:
        return begin_surge(event, policy)
    baseline = deepcopy(baseline)
    return baseline, move_surge(baseline, event, policy)


def begin_surge(event: TrendEvent | Tick, policy: Policy) -> tuple[Baseline | None, Sequence[Alert]]:
    """Begin a baseline with its subject's first trend; nothing else begins one."""
    if not isinstance(event, Trend):
        return None, ()
    baseline = _begin(event, policy)
    return baseline, move_surge(baseline, event, policy)


def move_surge(baseline: Baseline, event: TrendEvent | Tick, policy: Policy) -> Sequence[Alert]:
    """Move a baseline that nobody else holds, in place: `surge` without its copy."""
    if not isinstance(event, Trend):
        match event:
            case CrowdJudgement():
                return _close(baseline, event, policy)
            case Erasure():
                return _forget(baseline, event, policy)
    episode = baseline.episode
    alerts = _move(baseline, event, policy)
    if episode is not None and episode.closed:
        return [alert for alert in alerts if alert.id != episode.id]
    return alerts


def list_traces(event: Erasure | CrowdJudgement) -> tuple[bytes, ...]:
    """List what is in the bytes of every baseline that such an event moves."""
    if isinstance(event, CrowdJudgement):
        return (event.alert.encode(),)
    return event.customer.encode(), msgspec.msgpack.encode(hash_customer(event.customer))


def _begin(trend: Trend, policy: Policy) -> Baseline:
    scope = find_scope(trend)
    match trend.kind:
        case "surge":
            return begin_surging(scope, trend, policy)
        case "brand_post_backlash":
            return begin_post(scope, trend)
        case "stage_neglected":
            return begin_stage(scope, trend)
        case "source_blind":
            return begin_source(scope, trend)
        case _:
            assert_never(trend.kind)


def _move(baseline: Baseline, event: Trend | Tick, policy: Policy) -> Sequence[Alert]:
    match baseline:
        case Surging():
            return move_surging(baseline, event, policy)
        case StageWatch():
            return move_stage_watch(baseline, event, policy)
        case PostWatch():
            return move_post(baseline, event, policy)
        case SourceWatch():
            return move_source(baseline, event, policy)
        case _:
            assert_never(baseline)


def _close(baseline: Baseline, judgement: CrowdJudgement, policy: Policy) -> Sequence[Alert]:
    """Close the alert that people have judged; nothing more is told of this episode until it is over by itself."""
    episode = baseline.episode
    if episode is None or episode.closed or episode.id != judgement.alert:
        return ()
    if judgement.result == "acknowledged":
        return ()
    alert = _restate(baseline, episode, ("resolved", judgement.result), judgement.at, policy)
    episode.closed = True
    baseline.episode = episode
    return (alert,)


def _forget(baseline: Baseline, erasure: Erasure, policy: Policy) -> Sequence[Alert]:
    """Forget one customer, and tell an open alert that quotes them again without their words."""
    who = hash_customer(erasure.customer)
    match baseline:
        case Surging():
            forget_in_surging(baseline, who)
        case PostWatch():
            forget_in_post(baseline, erasure.customer)
        case StageWatch():
            forget_in_stage(baseline, erasure.customer)
    episode = baseline.episode
    if episode is None or who not in episode.quoted:
        return ()
    return (_restate(baseline, episode, ("updated", "erased"), erasure.at, policy),)


def _restate(
    baseline: Baseline, episode: Episode, told: tuple[AlertState, str], at: datetime, policy: Policy
) -> Alert:
    """Write a further state of the open alert, for a reason that no trend gives."""
    state, cause = told
    at_seconds = max(at.timestamp(), episode.opened_at)
    match baseline:
        case Surging():
            return tell_surging(baseline, episode, state, cause, policy)
        case PostWatch():
            return tell_post(baseline, state, cause, at_seconds, policy)
        case StageWatch():
            return restate_stage(baseline, state, cause, at_seconds, policy)
        case SourceWatch():
            return restate_source(baseline, state, cause, at_seconds, policy)
        case _:
            assert_never(baseline)
