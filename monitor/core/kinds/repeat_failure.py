"""repeat_failure: a cause that had been resolved, or answered, is complained of again."""

from monitor.core.alert import Verdict
from monitor.core.case import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.kinds.wording import name_cause
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy


def assess_repeat_failure(journey: Journey, _: Listeners, policy: Policy) -> Verdict | None:
    """Fire when the cause comes back, until the case is closed: an answer has not been enough before."""
    case, bounds = journey.case, policy.repeat_failure
    if case is None or case.closing is not None or case.repeated_cause is None:
        return None
    firing = journey.open_alerts.get("repeat_failure")
    origin = firing.verdict.origin if firing else case.waiting_origin
    respond_by_seconds = case.waiting_since + bounds.respond_within_hours * HOUR_SECONDS
    return Verdict(
        origin=origin,
        severity="critical" if case.complaints >= bounds.critical_at_complaints else "warning",
        headline=f"A customer complains again{name_cause(case, case.repeated_cause)}, which counted as done",
        threshold=1.0,
        observed=float(case.complaints),
        respond_by_seconds=firing.verdict.respond_by_seconds if firing else respond_by_seconds,
    )
