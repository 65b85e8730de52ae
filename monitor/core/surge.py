"""What a crowd does: `surge` moves the baseline of one subject by one trend or tick, and tells what rises above it.

    Trend ──surge──> baseline' and alerts
    Tick  ──surge──> baseline' and alerts

The same shape as `pipeline.follow`: `begin_surge` and `move_surge` are the halves that the live partition uses.
Trends of one minute may come in any order: a minute is decided when a tick or a later minute closes it.
"""

from collections.abc import Sequence
from copy import deepcopy

import msgspec

from monitor.core.alert import Alert
from monitor.core.policy import Policy
from monitor.core.scored import Tick
from monitor.core.trend import Trend


class Baseline(msgspec.Struct, array_like=True, kw_only=True):
    """What is known of one subject; `wake_at` says when a clock in it runs out next."""

    subject: str
    wake_at: float | None = None
    clock: float = 0.0
    #: Nothing of it is worth keeping any more: its key may be forgotten.
    is_over: bool = False


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
    baseline = Baseline(subject=event.subject)
    return baseline, move_surge(baseline, event, policy)


def move_surge(baseline: Baseline, event: Trend | Tick, policy: Policy) -> Sequence[Alert]:  # noqa: ARG001 - the kinds read it; the first of them comes next
    """Move a baseline that nobody else holds, in place: `surge` without its copy."""
    baseline.clock = max(baseline.clock, event.at.timestamp())
    return ()
