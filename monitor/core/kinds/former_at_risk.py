"""former_at_risk: a customer who has left, or is about to, waits for an answer."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.case import Case
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import FormerAtRiskPolicy, Policy
from monitor.core.telling import Reach


def weigh_risk(journey: Journey, case: Case, bounds: FormerAtRiskPolicy) -> dict[str, float]:
    """Weigh each reason for which the customer may leave for ever."""
    return {
        "former": bounds.former * (journey.stage == "former"),
        "threat_to_leave": bounds.threat_to_leave * case.threat_to_leave,
        "category": bounds.category[case.category],
        "severity": bounds.severity[case.severity],
    }


def assess_former_at_risk(journey: Journey, _: Reach, policy: Policy) -> Verdict | None:
    """Fire when the weights add up; once firing, hold on until a real reply or the end of the case."""
    case, bounds = journey.case, policy.former_at_risk
    if case is None or case.state != "waiting":
        return None
    risk = sum(weigh_risk(journey, case, bounds).values())
    firing = journey.open_alerts.get("former_at_risk")
    if firing:
        risk = max(risk, firing.verdict.observed)
    if risk < bounds.fire_at_risk:
        return None
    who = "A former customer" if journey.stage == "former" else "A customer who may leave"
    return Verdict(
        origin=tell_origin(case.waiting_origin),
        severity="critical" if risk >= bounds.critical_at_risk else "warning",
        headline=f"{who} waits for an answer{name_cause(case)}",
        threshold=bounds.fire_at_risk,
        observed=risk,
        respond_by_seconds=case.waiting_since + bounds.respond_within_hours * HOUR_SECONDS,
    )
