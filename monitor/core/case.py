"""A case: what one customer is unhappy about, from the first complaint until it is settled or forgotten.

Times are event time in seconds since 1970 UTC.
"""

from typing import Final, Literal

import msgspec

from monitor.core.business_hours import DAY_SECONDS, HOUR_SECONDS
from monitor.core.finding import SEVERITIES, Category, Severity
from monitor.core.kept import KeptOrigin, keep_evidence, keep_origin
from monitor.core.message import Channel
from monitor.core.policy import JourneyPolicy
from monitor.core.scored import Scored
from monitor.core.telling import Telling

CaseState = Literal["none", "waiting", "answered", "closed"]
CaseEvent = Literal["complaint", "reply", "follow_up", "settled", "quiet", "faded", "interest", "forgotten"]

#: The whole life of a case; a pair that is not here changes nothing. A closed case is kept only while it is news
#: (see `journey.keeps_closed`): any other is forgotten at once. A complaint then begins a new case.
TRANSITIONS: Final[dict[tuple[CaseState, CaseEvent], CaseState]] = {
    ("none", "complaint"): "waiting",
    ("waiting", "complaint"): "waiting",
    ("waiting", "reply"): "answered",
    ("waiting", "settled"): "closed",
    ("waiting", "faded"): "closed",
    ("answered", "complaint"): "waiting",
    ("answered", "follow_up"): "waiting",
    ("answered", "settled"): "closed",
    ("answered", "quiet"): "closed",
    ("none", "interest"): "closed",
    ("closed", "complaint"): "waiting",
    ("closed", "forgotten"): "none",
}


class Closing(msgspec.Struct, frozen=True, array_like=True):
    """How and when a case ended, and in which state that found it."""

    state: CaseState
    event: CaseEvent
    at: float


class ClosedCause(msgspec.Struct, frozen=True, array_like=True):
    """What a case of the past was about, and how it ended."""

    category: Category
    at: float
    event: CaseEvent


class Handoff(msgspec.Struct, frozen=True, array_like=True):
    """The message with which a customer left a machine's channel to reach a person on another."""

    origin: KeptOrigin
    at: float
    left: Channel
    reached: Channel


class Promise(msgspec.Struct, frozen=True, array_like=True):
    """The brand's word to be heard of by a moment, and the message that gave it."""

    origin: KeptOrigin
    by: float


class Case(msgspec.Struct, array_like=True):
    """What one customer is unhappy about, from the first complaint until it is settled or forgotten."""

    state: CaseState
    opened_at: float
    last_at: float
    #: Where the complaint stands that opened the case, and the one that started the clock now running.
    origin: KeptOrigin
    waiting_origin: KeptOrigin
    waiting_since: float
    #: When they last asked for an answer, by a complaint or a question, and where that stands.
    asked_at: float
    asked_origin: KeptOrigin
    probability: float
    severity: Severity
    category: Category
    channel: Channel
    touchpoint: str | None
    product: str | None
    brand: str | None
    excerpt: str
    #: Its spans, packed: they are told with an alert, and lie still meanwhile.
    evidence: bytes
    channels: tuple[Channel, ...]
    #: Those used since the clock now running began: the strictest of them sets it.
    waiting_channels: tuple[Channel, ...]
    complaints: int = 1
    arousal: float = 0.0
    call_to_action: bool = False
    threat_to_leave: bool = False
    lost_advocate: bool = False
    followers: int = 0
    reshares: int = 0
    likes: int = 0
    helpful: int = 0
    #: Of a lost advocate: the mood before the first complaint.
    mood_before: float = 0.0
    #: The cause that was complained of anew after it had been resolved or answered.
    repeated_cause: Category | None = None
    #: In the clock now running: where a program has answered, and the change to another channel.
    bot_channels: tuple[Channel, ...] = ()
    handoff: Handoff | None = None
    #: An alert that calls for action has fired.
    alerted: bool = False
    closing: Closing | None = None
    #: Of the channels in the clock now running, those that are not always open, with the source that says when.
    staffed: dict[Channel, str] = {}
    promise: Promise | None = None
    #: The other touchpoint at which the customer was content just before the first complaint.
    content_before: str | None = None
    #: Of the worst complaint, as its excerpt is.
    language: str | None = None
    permalink: str | None = None


def next_state(state: CaseState, event: CaseEvent) -> CaseState:
    """Look the transition up; what is not in the table changes nothing."""
    return TRANSITIONS.get((state, event), state)


def find_waiting_since(case: Case | None) -> float | None:
    """Find when the clock began that runs now; None where nobody waits."""
    return case.waiting_since if case is not None and case.state == "waiting" else None


def open_case(scored: Scored, at: float, *, lost_advocate: bool, mood_before: float = 0.0) -> Case:
    """Begin a case; its first complaint is still to be taken."""
    here = keep_origin(scored.origin)
    return Case(
        state="none",
        opened_at=at,
        last_at=at,
        origin=here,
        waiting_origin=here,
        waiting_since=at,
        asked_at=at,
        asked_origin=here,
        probability=scored.complaint.probability,
        severity=scored.complaint.severity,
        category=scored.complaint.category,
        channel=scored.channel,
        touchpoint=scored.touchpoint,
        product=scored.product,
        brand=scored.brand,
        excerpt=scored.excerpt,
        evidence=keep_evidence(scored.complaint.evidence, scored.excerpt),
        channels=(scored.channel,),
        waiting_channels=(),
        complaints=0,
        lost_advocate=lost_advocate,
        mood_before=mood_before,
        language=scored.language,
        permalink=scored.permalink,
    )


def recall_case(scored: Scored, at: float, cause: ClosedCause) -> Case:
    """Bring a closed case back to mind, in which a customer's new interest stands beside the old cause."""
    case = open_case(scored, at, lost_advocate=False)
    case.state, case.category = next_state("none", "interest"), cause.category
    case.closing = Closing("answered", "interest", at)
    return case


def wait_on(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Let the customer wait on the message's channel; after an answer, a new clock begins."""
    if case.state == "answered":
        case.waiting_since, case.waiting_origin = at, keep_origin(scored.origin)
        case.waiting_channels, case.bot_channels, case.handoff, case.staffed = (), (), None, {}
    case.last_at = max(case.last_at, at)
    if at >= case.asked_at:
        case.asked_at, case.asked_origin = at, keep_origin(scored.origin)
    channel, source = scored.channel, scored.origin.topic
    if channel not in case.channels:
        case.channels = (*case.channels, channel)
    is_new = channel not in case.waiting_channels
    if is_new:
        case.waiting_channels = (*case.waiting_channels, channel)
    if source not in policy.business_hours:
        if channel in case.staffed:
            case.staffed = {other: one for other, one in case.staffed.items() if other != channel}
    elif is_new:
        case.staffed = {**case.staffed, channel: source}


def add_complaint(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Take a complaint into the case: what is worst stays, the public trace adds up."""
    complaint, cues = scored.complaint, scored.cues
    wait_on(case, scored, at, policy)
    case.complaints += 1
    if (SEVERITIES.index(complaint.severity), complaint.probability) >= (
        SEVERITIES.index(case.severity),
        case.probability,
    ):
        case.severity, case.category = complaint.severity, complaint.category
        case.channel, case.touchpoint = scored.channel, scored.touchpoint
        case.product, case.brand = scored.product, scored.brand
        case.excerpt = scored.excerpt
        case.evidence = keep_evidence(complaint.evidence, scored.excerpt)
        case.language, case.permalink = scored.language, scored.permalink
    case.probability = max(case.probability, complaint.probability)
    case.arousal = max(case.arousal, cues.arousal)
    case.call_to_action = case.call_to_action or cues.call_to_action
    case.threat_to_leave = case.threat_to_leave or cues.threat_to_leave
    case.followers = max(case.followers, scored.followers or 0)
    case.reshares += scored.reshares or 0
    case.likes += scored.likes or 0
    case.helpful += scored.helpful or 0


def note_handoff(case: Case, scored: Scored, at: float, policy: JourneyPolicy) -> None:
    """Note that a customer who waits has gone on from a machine's channel to another one, to be heard there."""
    if case.state != "waiting" or case.handoff or at < case.last_at:
        return
    machines = {channel for channel in case.waiting_channels if channel in policy.self_service_channels}
    machines.update(case.bot_channels)
    if scored.channel in machines or scored.channel in policy.self_service_channels or not machines:
        return
    left = next(channel for channel in (*case.waiting_channels, *case.bot_channels) if channel in machines)
    case.handoff = Handoff(keep_origin(scored.origin), at, left, scored.channel)


def describe_telling(case: Case, clock: float) -> Telling:
    """Collect what the listeners depend on, as of the journey's clock."""
    state, until = (case.closing.state, case.closing.at) if case.closing else (case.state, clock)
    waited_seconds = max(0.0, until - case.waiting_since) if state == "waiting" else 0.0
    return Telling(
        probability=case.probability,
        severity=case.severity,
        arousal=case.arousal,
        waited_hours=waited_seconds / HOUR_SECONDS,
        complaints=case.complaints,
        channels=len(case.channels),
        call_to_action=case.call_to_action,
        threat_to_leave=case.threat_to_leave,
        lost_advocate=case.lost_advocate,
        replied=state == "answered",
        followers=case.followers,
        reshares=case.reshares,
        likes=case.likes,
        helpful=case.helpful,
    )


def end_of_case(case: Case, policy: JourneyPolicy) -> tuple[float, CaseEvent]:
    """Say when the case ends by silence, and as what."""
    if case.closing is not None:
        return case.closing.at + policy.closed_case_days * DAY_SECONDS, "forgotten"
    if case.state == "answered":
        # What was promised is waited for.
        last_at = max(case.last_at, case.promise.by) if case.promise else case.last_at
        return last_at + policy.answered_quiet_hours * HOUR_SECONDS, "quiet"
    return case.last_at + policy.unanswered_fades_days * DAY_SECONDS, "faded"
