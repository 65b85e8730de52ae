"""ignored_complaint: a complaint without a real reply for longer than the channel's policy allows."""

from monitor.core.alert import Verdict
from monitor.core.business_hours import BusinessHours, add_open_hours, count_open_hours
from monitor.core.case import Case
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import PLACES, name_cause
from monitor.core.message import Channel
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_ignored_complaint(journey: Journey, reach: Reach, policy: Policy) -> Verdict | None:
    """Fire while the case waits and its clock has run out."""
    case, bounds = journey.case, policy.ignored_complaint
    if case is None or case.state != "waiting":
        return None
    deadline, channel = _find_strictest(case, policy)
    if journey.clock < deadline:
        return None
    allowed_hours, staffed = bounds.after_hours[channel], _find_hours(case, channel, policy)
    waited_hours = max(allowed_hours, count_open_hours(staffed, case.waiting_since, journey.clock))
    waited = f"{waited_hours:.0f} {'h of business time' if staffed else 'h'}"
    return Verdict(
        origin=tell_origin(case.waiting_origin),
        severity="critical" if reach.p_over_20 >= bounds.critical_at_p_over_20 else "warning",
        headline=f"Nobody has really answered a complaint {PLACES[channel]}{name_cause(case)} for {waited}",
        threshold=allowed_hours,
        observed=waited_hours,
        respond_by_seconds=deadline,
    )


def find_ignored_deadline(journey: Journey, policy: Policy) -> float | None:
    """Find the moment by which the strictest of the channels that the customer waits on demands a reply."""
    case = journey.case
    return _find_strictest(case, policy)[0] if case is not None and case.state == "waiting" else None


def _find_strictest(case: Case, policy: Policy) -> tuple[float, Channel]:
    """Find the channel, of those that the customer waits on, whose time is over first; and when."""
    after_hours = policy.ignored_complaint.after_hours
    return min(
        [
            (
                add_open_hours(_find_hours(case, channel, policy), case.waiting_since, after_hours[channel]),
                channel,
            )
            for channel in case.waiting_channels
        ]
    )


def _find_hours(case: Case, channel: Channel, policy: Policy) -> BusinessHours | None:
    return policy.journey.business_hours.get(case.staffed.get(channel, ""))
