"""detractor: a customer whose expected listeners exceed the policy."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_detractor(journey: Journey, reach: Reach, policy: Policy) -> Verdict | None:
    """Fire at the upper threshold; once firing, hold on down to the lower one."""
    case, bounds = journey.case, policy.detractor
    if case is None or case.closing is not None:
        return None
    firing = journey.open_alerts.get("detractor")
    threshold = bounds.resolve_below_expected if firing else bounds.fire_at_expected
    if reach.expected < threshold:
        return None
    return Verdict(
        # A case may fire, be calmed by a reply, and fire again: each time is an episode with an id of its own.
        origin=firing.verdict.origin if firing else tell_origin(case.waiting_origin),
        severity="critical" if reach.expected >= bounds.critical_at_expected else "warning",
        headline=f"A customer is likely to tell {reach.expected:.0f} people{name_cause(case)}",
        threshold=threshold,
        observed=reach.expected,
        respond_by_seconds=case.waiting_since + bounds.respond_within_hours * HOUR_SECONDS,
    )
