"""recovered: a customer over whom an alert had fired says that the matter is settled; counts as an advocate gained."""

from monitor.core.alert import Verdict
from monitor.core.case import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.kinds.wording import name_cause
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy


def assess_recovered(journey: Journey, _: Listeners, policy: Policy) -> Verdict | None:
    """Fire when the customer closes an alerted case, for as long as that is news."""
    case = journey.case
    if case is None or case.closing is None or not case.alerted or case.closing.event != "settled":
        return None
    closed_at, for_hours = case.closing.at, policy.recovered.for_hours
    if (journey.clock - closed_at) / HOUR_SECONDS >= for_hours:
        return None
    took_hours = (closed_at - case.opened_at) / HOUR_SECONDS
    return Verdict(
        origin=case.origin,
        severity="info",
        headline=f"A customer is content again{name_cause(case)}, after {took_hours:.0f} h",
        threshold=0.0,
        observed=took_hours,
        respond_by_seconds=closed_at + for_hours * HOUR_SECONDS,
    )
