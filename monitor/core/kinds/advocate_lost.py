"""advocate_lost: a customer who has praised the brand, by their own history, complains."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_advocate_lost(journey: Journey, reach: Reach, policy: Policy) -> Verdict | None:
    """Fire with the first complaint, until the case is closed or the mood is what it was."""
    case, bounds = journey.case, policy.advocate_lost
    if case is None or case.closing is not None or not case.lost_advocate:
        return None
    return Verdict(
        origin=tell_origin(case.origin),
        severity="critical" if reach.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=f"A customer who has praised the brand until now complains{name_cause(case)}",
        threshold=policy.journey.advocate_mood,
        observed=case.mood_before,
        respond_by_seconds=case.opened_at + bounds.respond_within_hours * HOUR_SECONDS,
    )
