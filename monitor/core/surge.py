"""What a crowd does: `surge` moves the baseline of one subject by one trend or tick, and tells what rises above it.

    Trend ──surge──> baseline' and alerts
    Tick  ──surge──> baseline' and alerts

The same shape as `pipeline.follow`: `begin_surge` and `move_surge` are the halves that the live partition uses.
Trends of one minute may come in any order: a minute is decided when a tick or a much later minute closes it.
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import assert_never

from monitor.core.alert import Alert
from monitor.core.crowd.brand_post_backlash import PostWatch, begin_post, move_post
from monitor.core.crowd.episode import find_scope
from monitor.core.crowd.source_blind import SourceWatch, begin_source, move_source
from monitor.core.crowd.stage_neglected import StageWatch, begin_stage, move_stage_watch
from monitor.core.crowd.surge import Surging, begin_surging, move_surging
from monitor.core.policy import Policy
from monitor.core.scored import Tick
from monitor.core.trend import Trend

#: What is kept of one subject; `wake_at` says when a clock in it runs out next, `is_over` that it may be forgotten.
Baseline = Surging | PostWatch | StageWatch | SourceWatch


def surge(
    baseline: Baseline | None, event: Trend | Tick, policy: Policy
) -> tuple[Baseline | None, Sequence[Alert]]:
    """Move one subject's baseline by one event; the baseline that was given stays as it is."""
    if baseline is None:
        return begin_surge(event, policy)
    baseline = deepcopy(baseline)
    return baseline, move_surge(baseline, event, policy)


def begin_surge(event: Trend | Tick, policy: Policy) -> tuple[Baseline | None, Sequence[Alert]]:
    """Begin a baseline with its subject's first trend; a tick begins none."""
    if isinstance(event, Tick):
        return None, ()
    baseline = _begin(event, policy)
    return baseline, move_surge(baseline, event, policy)


def move_surge(baseline: Baseline, event: Trend | Tick, policy: Policy) -> Sequence[Alert]:
    """Move a baseline that nobody else holds, in place: `surge` without its copy."""
    match baseline:
        case Surging():
            return move_surging(baseline, event, policy)
        case PostWatch():
            return move_post(baseline, event, policy)
        case StageWatch():
            return move_stage_watch(baseline, event, policy)
        case SourceWatch():
            return move_source(baseline, event, policy)
        case _:
            assert_never(baseline)


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
