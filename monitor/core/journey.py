"""The state kept per customer, and how a message or the passing of time moves it.

Times in a journey are event time in seconds since 1970 UTC: they move on events and ticks alone. These functions
change the journey that they are given; `pipeline.follow` gives them a copy.
"""

from hashlib import blake2b
from math import inf, nextafter

import msgspec

from monitor.core.alert import OpenAlert
from monitor.core.case import (
    DAY_SECONDS,
    HOUR_SECONDS,
    Case,
    CaseEvent,
    add_complaint,
    end_of_case,
    find_strictest_channel,
    next_state,
    open_case,
)
from monitor.core.message import Stage
from monitor.core.policy import JourneyPolicy, Policy
from monitor.core.scored import Scored


class Journey(msgspec.Struct, array_like=True, kw_only=True):
    """One customer's journey; `wake_at` says when a clock in it runs out next."""

    customer: str
    wake_at: float | None = None
    clock: float = 0.0
    stage: Stage | None = None
    first_at: float = 0.0
    messages: int = 0
    complaints: int = 0
    replies: int = 0
    last_reply_at: float | None = None
    mood: float = 0.0
    mood_weight: float = 0.0
    mood_at: float = 0.0
    content_messages: int = 0
    case: Case | None = None
    open_alerts: dict[str, OpenAlert] = {}
    recent: tuple[int, ...] = ()


def take_fingerprint(scored: Scored) -> int:
    """Make the number by which a journey remembers a message; a producer that sends it twice makes the same."""
    digest = blake2b(f"{scored.channel}:{scored.id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def advance(journey: Journey, at: float, policy: JourneyPolicy) -> CaseEvent | None:
    """Let time pass up to `at`, and end the case that has been silent for too long."""
    journey.clock = max(journey.clock, at)
    if journey.case is None:
        return None
    ends_at, ending = end_of_case(journey.case, policy)
    if journey.clock < ends_at:
        return None
    _move(journey, ending)
    return ending


def take(journey: Journey, scored: Scored, at: float, fingerprint: int, policy: JourneyPolicy) -> str:
    """Take one message, said at `at`, into the journey, and say what it was to the case."""
    journey.recent = (*journey.recent, fingerprint)[-policy.recent_message_ids :]
    journey.stage = scored.stage or journey.stage
    journey.messages += 1
    if scored.direction == "outbound":
        return _take_reply(journey, scored, at)
    take_in = _take_complaint if scored.complaint.is_complaint else _take_content
    said = take_in(journey, scored, at, policy)
    _feel(journey, at, scored.sentiment.compound, policy)
    return said


def find_wake_at(journey: Journey, policy: Policy) -> float | None:
    """Find the next moment at which this journey changes without a message."""
    case = journey.case
    if case is None:
        return None
    moments = [end_of_case(case, policy.journey)[0]]
    if case.state == "waiting":
        after_hours = policy.ignored_complaint.after_hours
        deadlines = [step.after_hours for step in policy.listeners.waiting]
        deadlines.append(after_hours[find_strictest_channel(case, after_hours)])
        waited_hours = (journey.clock - case.waiting_since) / HOUR_SECONDS
        # Asked as the review asks it, so that no rounding lets a deadline pass between the two.
        moments.extend(
            case.waiting_since + hours * HOUR_SECONDS for hours in deadlines if waited_hours < hours
        )
    # A late message may have left a moment in the past: the very next tick is to see it.
    return max(min(moments), nextafter(journey.clock, inf))


def _take_reply(journey: Journey, scored: Scored, at: float) -> str:
    case = journey.case
    if scored.cues.auto_reply:
        return "auto-reply"
    journey.replies += 1
    journey.last_reply_at = max(at, journey.last_reply_at or at)
    if case is not None and at >= case.waiting_since:
        case.last_at = max(case.last_at, at)
        _move(journey, "reply")
    return "reply"


def _take_complaint(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> str:
    if journey.case is None:
        journey.case = open_case(scored, at, lost_advocate=_is_advocate(journey, policy))
    add_complaint(journey.case, scored, at)
    journey.complaints += 1
    _move(journey, "complaint")
    answered_at = journey.last_reply_at
    # An earlier complaint of the case may still wait for a reply of its own.
    waiting_since = max(at, journey.case.waiting_since)
    latest = at + policy.reply_after_late_hours * HOUR_SECONDS
    if answered_at is not None and waiting_since <= answered_at <= latest:
        _move(journey, "reply")
    return "complaint"


def _take_content(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> str:
    case = journey.case
    journey.content_messages += 1
    if case is None or at < case.last_at:
        return "message"
    case.last_at = at
    pleased = case.state == "answered" and scored.sentiment.compound >= policy.settled_compound
    if not (scored.cues.settled or pleased):
        return "message"
    _move(journey, "settled")
    return "settled"


def _move(journey: Journey, event: CaseEvent) -> None:
    case = journey.case
    if case is None:
        return
    state = next_state(case.state, event)
    if state == "none":
        journey.case = None  # it keeps its last state, by which its last alert is written
    else:
        case.state = state


def _feel(journey: Journey, at: float, compound: float, policy: JourneyPolicy) -> None:
    """Move the mood: a mean of sentiment in which the past fades."""
    passed_days = max(0.0, at - journey.mood_at) / DAY_SECONDS
    weight = journey.mood_weight * 0.5 ** (passed_days / policy.mood_half_life_days)
    journey.mood = (journey.mood * weight + compound) / (weight + 1)
    journey.mood_weight = weight + 1
    journey.mood_at = max(journey.mood_at, at)


def _is_advocate(journey: Journey, policy: JourneyPolicy) -> bool:
    return journey.content_messages >= policy.advocate_messages and journey.mood >= policy.advocate_mood
