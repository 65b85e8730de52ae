"""prospect_lost: friction before or at the sale, and nobody answers; as urgent as any customer's complaint."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.case import Case
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_prospect_lost(journey: Journey, reach: Reach, policy: Policy) -> Verdict | None:
    """Fire when a prospect's clock has run out; once firing, hold on until a real reply or the end of the case."""
    case, deadline = journey.case, find_prospect_deadline(journey, policy)
    if case is None or deadline is None or journey.clock < deadline:
        return None
    bounds = policy.prospect_lost
    allowed_hours = _allow_hours(journey, case, policy)
    waited_hours = max(allowed_hours, (journey.clock - case.waiting_since) / HOUR_SECONDS)
    who = "Somebody who might buy" if journey.stage == "prospect" else "Somebody who is buying"
    return Verdict(
        origin=tell_origin(case.waiting_origin),
        severity="critical" if reach.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=f"{who} has waited {waited_hours:.0f} h for an answer{name_cause(case)}",
        threshold=allowed_hours,
        observed=waited_hours,
        respond_by_seconds=deadline,
    )


def find_prospect_deadline(journey: Journey, policy: Policy) -> float | None:
    """Find the moment by which a prospect or a buyer who waits must have been answered."""
    case = journey.case
    if case is None or case.state != "waiting":
        return None
    if "prospect_lost" not in journey.open_alerts and journey.stage not in {"prospect", "purchase"}:
        return None
    return case.waiting_since + _allow_hours(journey, case, policy) * HOUR_SECONDS


def _allow_hours(journey: Journey, case: Case, policy: Policy) -> float:
    firing = journey.open_alerts.get("prospect_lost")
    return firing.verdict.threshold if firing else policy.prospect_lost.after_hours[case.category]
