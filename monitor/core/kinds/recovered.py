"""recovered: a customer over whom an alert had fired says that the matter is settled; counts as an advocate gained."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_recovered(journey: Journey, _: Reach, policy: Policy) -> Verdict | None:
    """Fire when the customer closes an alerted case, for as long as that is news."""
    case, old_at = journey.case, find_recovered_end(journey, policy)
    if case is None or case.closing is None or old_at is None or journey.clock >= old_at:
        return None
    took_hours = (case.closing.at - case.opened_at) / HOUR_SECONDS
    return Verdict(
        origin=tell_origin(case.origin),
        severity="info",
        headline=f"A customer is content again: their complaint{name_cause(case)} is settled, after {took_hours:.0f} h",
        threshold=0.0,
        observed=took_hours,
        respond_by_seconds=old_at,
    )


def find_recovered_end(journey: Journey, policy: Policy) -> float | None:
    """Find the moment from which it is no news any more that an alerted customer is content."""
    case = journey.case
    if case is None or case.closing is None or not case.alerted or case.closing.event != "settled":
        return None
    return case.closing.at + policy.recovered.for_hours * HOUR_SECONDS
