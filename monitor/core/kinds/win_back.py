"""win_back: a former customer whose cause is resolved, or who shows interest again, can be asked to come back."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import CAUSES, name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_win_back(journey: Journey, _: Reach, policy: Policy) -> Verdict | None:
    """Fire for a while after the case was resolved or called back to mind, or until the customer is back."""
    case, old_at = journey.case, find_win_back_end(journey, policy)
    if case is None or case.closing is None or old_at is None or journey.clock >= old_at:
        return None
    if case.closing.event == "interest":
        # What they ask about now need not be what they complained about.
        cause = CAUSES[case.category]
        headline = f"A former customer shows interest{f' in {case.product}' if case.product else ''}"
        headline += f" after all, having complained about {cause}" if cause else " after all"
    else:
        headline = f"A former customer can be asked to come back, after a complaint{name_cause(case)}"
    return Verdict(
        origin=tell_origin(case.origin),
        severity="info",
        headline=headline,
        threshold=0.0,
        observed=(journey.clock - case.closing.at) / HOUR_SECONDS,
        respond_by_seconds=old_at,
    )


def find_win_back_end(journey: Journey, policy: Policy) -> float | None:
    """Find the moment from which it is no news any more that a former customer may come back."""
    case = journey.case
    if case is None or case.closing is None or journey.stage != "former" or case.closing.event == "faded":
        return None
    return case.closing.at + policy.win_back.for_hours * HOUR_SECONDS
