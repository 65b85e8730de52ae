"""The course of one journey: what each event of its customer does to it, and the review that follows."""

from collections.abc import Sequence

from monitor.core.alert import Alert
from monitor.core.journey import Journey
from monitor.core.journey_moves import advance, take, take_fingerprint, take_stage_event
from monitor.core.policy import Policy
from monitor.core.review import close_alert, find_wake_at, review
from monitor.core.scored import Event, Judgement, Scored, StageEvent


def begin(event: Event, policy: Policy) -> tuple[Journey | None, Sequence[Alert]]:
    """Begin a journey with its first message or stage event; nothing else begins one."""
    if not isinstance(event, Scored | StageEvent):
        return None, ()
    at = event.at.timestamp()
    journey = Journey(customer=event.customer, first_at=at)
    return journey, _move(journey, event, at, policy)


def move(journey: Journey, event: Event, policy: Policy) -> Sequence[Alert]:
    """Move a journey that nobody else holds, in place: `follow` without its copy."""
    return _move(journey, event, event.at.timestamp(), policy)


def _move(journey: Journey, event: Event, at: float, policy: Policy) -> Sequence[Alert]:
    if isinstance(event, Scored | StageEvent):
        fingerprint = take_fingerprint(event)
        if fingerprint in journey.recent:
            return ()
        alerts = pass_time(journey, at, policy)
        alerts += _hear(journey, event, at, fingerprint, policy)
    else:
        alerts = pass_time(journey, at, policy)
        if isinstance(event, Judgement):
            alerts += close_alert(journey, event, policy)
    journey.wake_at = find_wake_at(journey, policy)
    return alerts


def pass_time(journey: Journey, at: float, policy: Policy) -> list[Alert]:
    """Let time pass for a journey up to `at`; its next moment to wake is still to be found."""
    case = journey.case
    ending = advance(journey, at, policy.journey)
    if case is None:
        return []
    # Before its next clock runs out, time alone changes nothing.
    if ending is None and (journey.wake_at is None or journey.clock < journey.wake_at):
        return []
    return review(journey, case, ending or "time passed", None, policy)


def _hear(
    journey: Journey, event: Scored | StageEvent, at: float, fingerprint: int, policy: Policy
) -> list[Alert]:
    case, stage = journey.case, journey.stage
    handoff = case and case.handoff
    said = (
        take(journey, event, at, fingerprint, policy.journey)
        if isinstance(event, Scored)
        else take_stage_event(journey, event, at, fingerprint, policy.journey)
    )
    case = journey.case or case
    # A plain word that moved neither the case nor the stage gives no kind anything new to say.
    moved = said != "message" or journey.stage != stage or (case and case.handoff) != handoff
    if case is None or not moved:
        return []
    return review(journey, case, said, event, policy)
