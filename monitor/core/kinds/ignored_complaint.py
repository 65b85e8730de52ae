"""ignored_complaint: a complaint without a real reply for longer than the channel's policy allows."""

from monitor.core.alert import Verdict
from monitor.core.case import HOUR_SECONDS, find_strictest_channel
from monitor.core.journey import Journey
from monitor.core.kinds.wording import PLACES, name_cause
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy


def assess_ignored_complaint(journey: Journey, listeners: Listeners, policy: Policy) -> Verdict | None:
    """Fire while the case waits and its clock has run out."""
    case, deadline = journey.case, find_ignored_deadline(journey, policy)
    if case is None or deadline is None or journey.clock < deadline:
        return None
    bounds = policy.ignored_complaint
    channel = find_strictest_channel(case, bounds.after_hours)
    allowed_hours = bounds.after_hours[channel]
    waited_hours = max(allowed_hours, (journey.clock - case.waiting_since) / HOUR_SECONDS)
    return Verdict(
        origin=case.waiting_origin,
        severity="critical" if listeners.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=(
            f"Nobody has really answered a complaint {PLACES[channel]}{name_cause(case)} for {waited_hours:.0f} h"
        ),
        threshold=allowed_hours,
        observed=waited_hours,
        respond_by_seconds=deadline,
    )


def find_ignored_deadline(journey: Journey, policy: Policy) -> float | None:
    """Find the moment by which the strictest of the channels that the customer waits on demands a reply."""
    case, after_hours = journey.case, policy.ignored_complaint.after_hours
    if case is None or case.state != "waiting":
        return None
    return case.waiting_since + after_hours[find_strictest_channel(case, after_hours)] * HOUR_SECONDS
