"""repeat_failure: a cause that counted as resolved, or as answered, comes back; or a promised date has passed."""

from monitor.core.alert import Verdict, moment
from monitor.core.business_hours import HOUR_SECONDS
from monitor.core.journey import Journey
from monitor.core.keeping import tell_origin
from monitor.core.kinds.wording import name_cause
from monitor.core.policy import Policy
from monitor.core.telling import Reach


def assess_repeat_failure(journey: Journey, _: Reach, policy: Policy) -> Verdict | None:
    """Fire when the cause comes back, until the case is closed: an answer has not been enough before.

    A promised date that passes fires too, until the brand is heard of.
    """
    case, bounds = journey.case, policy.repeat_failure
    if case is None or case.closing is not None:
        return None
    if case.repeated_cause is not None:
        origin, since = tell_origin(case.waiting_origin), case.waiting_since
        headline = f"A customer complains again{name_cause(case, case.repeated_cause)}, which counted as done"
    elif case.promise is not None and journey.clock >= case.promise.by:
        origin, since = tell_origin(case.promise.origin), case.promise.by
        headline = f"A promise{name_cause(case)} was not kept: nothing was heard by {moment(since):%a %d %b %H:%M} UTC"
    else:
        return None
    firing = journey.open_alerts.get("repeat_failure")
    if firing:
        origin = firing.verdict.origin
    respond_by_seconds = since + bounds.respond_within_hours * HOUR_SECONDS
    return Verdict(
        origin=origin,
        severity="critical" if case.complaints >= bounds.critical_at_complaints else "warning",
        headline=headline,
        threshold=1.0,
        observed=float(case.complaints),
        respond_by_seconds=firing.verdict.respond_by_seconds if firing else respond_by_seconds,
    )


def find_promise_deadline(journey: Journey, _: Policy) -> float | None:
    """Find the moment by which the brand has promised to be heard of."""
    case = journey.case
    return case.promise.by if case is not None and case.promise is not None else None
