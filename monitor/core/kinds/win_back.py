"""win_back: a former customer whose cause is resolved, or who shows interest again, can be asked to come back."""

from monitor.core.alert import Verdict
from monitor.core.case import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.kinds.wording import name_cause
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy


def assess_win_back(journey: Journey, _: Listeners, policy: Policy) -> Verdict | None:
    """Fire for a while after the case was resolved or called back to mind, or until the customer is back."""
    case = journey.case
    if case is None or case.closing is None or journey.stage != "former" or case.closing.event == "faded":
        return None
    since, for_hours = case.closing.at, policy.win_back.for_hours
    passed_hours = (journey.clock - since) / HOUR_SECONDS
    if passed_hours >= for_hours:
        return None
    why = "shows interest again" if case.closing.event == "interest" else "can be asked to come back"
    return Verdict(
        origin=case.origin,
        severity="info",
        headline=f"A former customer {why}, after a complaint{name_cause(case)}",
        threshold=0.0,
        observed=passed_hours,
        respond_by_seconds=since + for_hours * HOUR_SECONDS,
    )
