"""unresolved_handoff: a customer left a machine's channel to reach a person, and none came."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import PLACES, name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_unresolved_handoff(journey: Journey, reach: Reach, policy: Policy) -> Verdict | None:
    """Fire when the time for a person's reply on the new channel has run out, until one comes."""
    case, deadline = journey.case, find_handoff_deadline(journey, policy)
    if case is None or case.handoff is None or deadline is None or journey.clock < deadline:
        return None
    handoff, bounds = case.handoff, policy.unresolved_handoff
    waited_hours = max(bounds.after_hours, (journey.clock - handoff.at) / HOUR_SECONDS)
    return Verdict(
        origin=tell_origin(handoff.origin),
        severity="critical" if reach.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=(
            f"A customer got no further {PLACES[handoff.left]}, asked again {PLACES[handoff.reached]}"
            f"{name_cause(case)}, and has waited {waited_hours:.0f} h for a person"
        ),
        threshold=bounds.after_hours,
        observed=waited_hours,
        respond_by_seconds=deadline,
    )


def find_handoff_deadline(journey: Journey, policy: Policy) -> float | None:
    """Find the moment by which a person must have answered a customer who left a machine."""
    case = journey.case
    if case is None or case.state != "waiting" or case.handoff is None:
        return None
    return case.handoff.at + policy.unresolved_handoff.after_hours * HOUR_SECONDS
