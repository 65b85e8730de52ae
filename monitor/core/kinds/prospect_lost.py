"""prospect_lost: friction before or at the sale, and nobody answers; as urgent as any customer's complaint."""

from monitor.core.alert import Verdict
from monitor.core.case import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.kinds.wording import name_cause
from monitor.core.listeners import Listeners
from monitor.core.policy import Policy


def assess_prospect_lost(journey: Journey, listeners: Listeners, policy: Policy) -> Verdict | None:
    """Fire when a prospect's clock has run out; once firing, hold on until a real reply or the end of the case."""
    case, bounds = journey.case, policy.prospect_lost
    if case is None or case.state != "waiting":
        return None
    firing = journey.open_alerts.get("prospect_lost")
    if not firing and journey.stage not in {"prospect", "purchase"}:
        return None
    waited_hours = (journey.clock - case.waiting_since) / HOUR_SECONDS
    allowed_hours = firing.verdict.threshold if firing else bounds.after_hours[case.category]
    if waited_hours < allowed_hours:
        return None
    who = "A prospect" if journey.stage == "prospect" else "A buyer"
    return Verdict(
        origin=case.waiting_origin,
        severity="critical" if listeners.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=f"{who} has waited {waited_hours:.0f} h for an answer{name_cause(case)}",
        threshold=allowed_hours,
        observed=waited_hours,
        respond_by_seconds=case.waiting_since + allowed_hours * HOUR_SECONDS,
    )
