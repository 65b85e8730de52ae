"""How a message or the passing of time moves a journey.

These functions change the journey that they are given; `pipeline.follow` gives them a copy.
"""

from hashlib import blake2b
from struct import Struct
from typing import Final

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS
from monitor.core.case import Case, CaseEvent, ClosedCause, Closing, Promise
from monitor.core.case_moves import (
    add_complaint,
    end_of_case,
    next_state,
    note_handoff,
    open_case,
    recall_case,
    wait_on,
)
from monitor.core.journey import Journey
from monitor.core.keeping import keep_origin
from monitor.core.policy import JourneyPolicy
from monitor.core.scored import Scored, StageEvent
from monitor.core.stages import move_stage, pass_silence

_unpack_number: Final = Struct(">q").unpack


def take_fingerprint(news: Scored | StageEvent) -> int:
    """Make the number by which a journey remembers a message; a producer that sends it twice makes the same."""
    place = news.channel if isinstance(news, Scored) else f"event:{news.origin.topic}"
    digest = blake2b(f"{place}:{news.id}".encode(), digest_size=8).digest()
    number: int = _unpack_number(digest)[0]
    return number


def advance(journey: Journey, at: float, policy: JourneyPolicy) -> CaseEvent | None:
    """Let time pass up to `at`, and end the case that has been silent for too long."""
    journey.clock = max(journey.clock, at)
    if journey.case is None:
        return None
    ends_at, ending = end_of_case(journey.case, policy)
    if journey.clock < ends_at:
        return None
    _move(journey, ending, ends_at, policy)
    return ending


def take(journey: Journey, scored: Scored, at: float, fingerprint: int, policy: JourneyPolicy) -> str:
    """Take one message, said at `at`, into the journey, and say what it was to the case."""
    journey.recent = (*journey.recent, fingerprint)[-policy.recent_message_ids :]
    journey.messages += 1
    journey.seen_by_support = journey.seen_by_support or scored.channel in policy.support_channels
    returned = _walk(journey, scored, at, policy, is_alive=scored.direction == "inbound")
    if scored.direction == "outbound":
        said = _take_reply(journey, scored, at, policy)
    else:
        take_in = _take_complaint if scored.complaint.is_complaint else _take_content
        said = take_in(journey, scored, at, policy)
        is_content = said != "complaint" and scored.sentiment.compound >= policy.settled_compound
        journey.content_at = (scored.touchpoint or scored.channel) if is_content else None
        _feel(journey, at, scored.sentiment.compound, policy)
        if said == "message" and journey.case is not None and _cheer(journey, journey.case):
            return "mood"
    return "returned" if returned and said in {"message", "reply"} else said


def take_stage_event(
    journey: Journey, event: StageEvent, at: float, fingerprint: int, policy: JourneyPolicy
) -> str:
    """Take what the user's own systems say into the journey: the stage, and no word of the customer's."""
    journey.recent = (*journey.recent, fingerprint)[-policy.recent_message_ids :]
    before = journey.stage
    if _walk(journey, event, at, policy, is_alive=True):
        return "returned"
    return "stage event" if journey.stage != before else "message"


def keeps_closed(journey: Journey, closing: Closing) -> bool:
    """Tell whether a closed case is still news: an alerted customer is content, or a former one may come back."""
    if journey.case is not None and journey.case.alerted and closing.event == "settled":
        return True
    return journey.stage == "former" and closing.event in {"settled", "quiet", "interest"}


def _walk(
    journey: Journey, news: Scored | StageEvent, at: float, policy: JourneyPolicy, *, is_alive: bool
) -> bool:
    """Move the stage, and tell whether a former customer is back, whose closed case is no longer news then.

    What comes late says nothing of a stage that something later has named.
    """
    before = journey.stage
    if news.value is not None and at >= journey.value_at:
        journey.value, journey.value_at = news.value, at
    if is_alive:
        silent_days = (at - (journey.heard_at or journey.first_at)) / DAY_SECONDS
        journey.stage = pass_silence(before, silent_days, policy.silence_ends_after_days)
        journey.heard_at = max(journey.heard_at, at)
    if news.stage is not None and at >= journey.stage_at:
        journey.stage_at = at
        journey.stage = move_stage(journey.stage, news.stage)
    if (
        before != "former"
        or journey.stage == "former"
        or journey.case is None
        or journey.case.closing is None
    ):
        return False
    _move(journey, "forgotten", at, policy)
    return True


def _take_reply(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> str:
    case = journey.case
    if scored.cues.auto_reply:
        if case is not None and case.state == "waiting" and scored.channel not in case.bot_channels:
            case.bot_channels = (*case.bot_channels, scored.channel)
        return "auto-reply"
    journey.replies += 1
    is_last = at >= (journey.last_reply_at or at)
    journey.last_reply_at = max(at, journey.last_reply_at or at)
    if case is not None and at >= case.waiting_since:
        case.last_at = max(case.last_at, at)
        if is_last:
            # Whatever was promised before, the brand has been heard of.
            until = scored.promised_by
            case.promise = Promise(keep_origin(scored.origin), until.timestamp()) if until else None
        _move(journey, "reply", at, policy)
    return "reply"


def _take_complaint(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> str:
    case = journey.case
    if case is None or case.closing is not None:
        praised = is_advocate(journey, policy)
        case = open_case(scored, at, lost_advocate=praised, mood_before=journey.mood)
        if journey.content_at != (scored.touchpoint or scored.channel):
            case.content_before = journey.content_at
        journey.case = case
    if case.repeated_cause is None and _fails_again(journey, case, scored, at, policy):
        case.repeated_cause = scored.complaint.category
    note_handoff(case, scored, at, policy)
    add_complaint(case, scored, at, policy)
    journey.complaints += 1
    _move(journey, "complaint", at, policy)
    answered_at = journey.last_reply_at
    # An earlier complaint of the case may still wait for a reply of its own.
    waiting_since = max(at, case.waiting_since)
    latest = at + policy.reply_after_late_hours * HOUR_SECONDS
    if answered_at is not None and waiting_since <= answered_at <= latest:
        _move(journey, "reply", at, policy)
    return "complaint"


def _fails_again(journey: Journey, case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> bool:
    """Tell whether a cause that counted as resolved, or as answered, is complained of anew."""
    category = scored.complaint.category
    if case.state == "answered" and at > (journey.last_reply_at or at):
        return scored.cues.repeated or (category == case.category and category != "other")
    since = at - policy.closed_cause_days * DAY_SECONDS
    return category != "other" and any(
        cause.category == category and cause.event in {"settled", "quiet"} and since <= cause.at <= at
        for cause in journey.closed
    )


def _take_content(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> str:
    case = journey.case
    journey.content_messages += 1
    if case is None or case.closing is not None:
        if case is None and journey.closed and _is_interested(journey, scored, at, policy):
            journey.case = recall_case(scored, at, journey.closed[-1])
            return "interest"
        return "message"
    if at < case.last_at:
        return "message"
    note_handoff(case, scored, at, policy)
    case.last_at = at
    pleased = case.state == "answered" and scored.sentiment.compound >= policy.settled_compound
    if scored.cues.settled or pleased:
        _move(journey, "settled", at, policy)
        return "settled"
    if case.state == "answered" and scored.asks:
        wait_on(case, scored, at, policy)
        _move(journey, "follow_up", at, policy)
        return "follow-up"
    return "message"


def _is_interested(journey: Journey, scored: Scored, at: float, policy: JourneyPolicy) -> bool:
    """Tell whether a former customer is friendly, or asks where one asks."""
    compound = scored.sentiment.compound
    asks = scored.channel in policy.asking_channels and compound >= 0
    friendly = compound >= policy.settled_compound
    later = at >= journey.closed[-1].at
    return journey.stage == "former" and later and (asks or friendly) and not scored.cues.threat_to_leave


def _move(journey: Journey, event: CaseEvent, at: float, policy: JourneyPolicy) -> None:
    case = journey.case
    if case is None:
        return
    state = next_state(case.state, event)
    if state == "closed" and case.closing is None:
        case.closing = Closing(case.state, event, at)
        journey.closed = (*journey.closed, ClosedCause(case.category, at, event))[-policy.closed_causes :]
    case.state = state
    if case.closing is not None and not (state == "closed" and keeps_closed(journey, case.closing)):
        journey.case = None


def _feel(journey: Journey, at: float, compound: float, policy: JourneyPolicy) -> None:
    """Move the mood: a mean of sentiment in which the past fades, and a word that comes late is past."""
    since_days = (at - journey.mood_at) / DAY_SECONDS
    faded = 0.5 ** (abs(since_days) / policy.mood_half_life_days)
    weight, word_weight = (
        (journey.mood_weight * faded, 1.0) if since_days >= 0 else (journey.mood_weight, faded)
    )
    journey.mood = (journey.mood * weight + compound * word_weight) / (weight + word_weight)
    journey.mood_weight = weight + word_weight
    journey.mood_at = max(journey.mood_at, at)


def _cheer(journey: Journey, case: Case) -> bool:
    """Let a lost advocate be found again, once the mood is what it was; tell whether that is so now."""
    if case.closing is not None or not case.lost_advocate or journey.mood < case.mood_before:
        return False
    case.lost_advocate = False
    return True


def is_advocate(journey: Journey, policy: JourneyPolicy) -> bool:
    """Tell whether this customer has praised the brand often and lately enough to be its advocate."""
    return journey.content_messages >= policy.advocate_messages and journey.mood >= policy.advocate_mood
